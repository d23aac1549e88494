import type { EnumRef, InputFieldBuilder } from '@pothos/core'
import { InvalidArgumentError } from '../errors.ts'
import type { TransactionConditions } from '../ledger/filter.ts'
import type { TransactionCategory, TransactionDirection, TransactionStatus } from '../ledger/transaction.ts'
import { compareDecimals } from '../values/decimal.ts'
import { type Instant, parseInstant } from '../values/instant.ts'
import type { AllTypes } from './builder.ts'
import { assertPeriod } from './period.ts'
import { assertSearchText, assertTexts, MAX_SEARCH_CHARACTERS, MAX_TEXTS } from './search-text.ts'

type Given = Omit<TransactionConditions, 'createdFrom' | 'createdBefore'> & {
  /** RFC 3339. */
  readonly createdFrom: string | null
  /** RFC 3339. */
  readonly createdBefore: string | null
}

/** The conditions of a filter as callers give them. */
export type ConditionsInput = { readonly [Key in keyof Given]?: Given[Key] | undefined }

/** Returns the instant of a DateTime, which its scalar has checked; null without one. */
export const instantOf = (text: string | null | undefined): Instant | null => parseInstant(text ?? '')?.instant ?? null

/** @throws {InvalidArgumentError} when both instants are given and the period ends where it begins, or before */
function assertInstants({ createdFrom, createdBefore }: ConditionsInput): void {
  const [start, end] = [instantOf(createdFrom), instantOf(createdBefore)]
  if (start === null || end === null || start < end) return
  throw new InvalidArgumentError(
    `Filter "createdFrom" must be before "createdBefore"; got ${createdFrom} and ${createdBefore}.`,
  )
}

/**
 * Returns the conditions on entries that all providers share. A filter that no entry can meet is accepted, except for a
 * range that ends before it begins, which is a mistake.
 *
 * @throws {InvalidArgumentError} when a range ends before it begins, or a text or a list of texts is too long
 */
export function conditionsOf(filter: ConditionsInput): TransactionConditions {
  const conditions: TransactionConditions = {
    from: filter.from ?? null,
    to: filter.to ?? null,
    createdFrom: instantOf(filter.createdFrom),
    createdBefore: instantOf(filter.createdBefore),
    directions: filter.directions ?? null,
    statuses: filter.statuses ?? null,
    excludeStatuses: filter.excludeStatuses ?? null,
    categories: filter.categories ?? null,
    excludeCategories: filter.excludeCategories ?? null,
    uncategorized: filter.uncategorized ?? null,
    affectsBalance: filter.affectsBalance ?? null,
    currency: filter.currency ?? null,
    minAmount: filter.minAmount ?? null,
    maxAmount: filter.maxAmount ?? null,
    referenceContains: filter.referenceContains || null,
    references: filter.references ?? null,
  }
  const { minAmount, maxAmount, referenceContains, references } = conditions
  assertSearchText('Filter "referenceContains"', referenceContains)
  assertTexts('Filter "references"', references)
  assertPeriod('Filter', conditions)
  assertInstants(filter)
  if (minAmount !== null && maxAmount !== null && compareDecimals(minAmount, maxAmount) > 0) {
    throw new InvalidArgumentError(
      `Filter "minAmount" must not be over "maxAmount"; got ${minAmount} and ${maxAmount}.`,
    )
  }
  return conditions
}

/** Returns the given fields of a filter, sorted by name, with the values of each list as `valuesOf` returns them. */
function givenFields<F extends object>(
  filter: F,
  valuesOf: (list: readonly unknown[]) => readonly unknown[],
): Partial<F> {
  const given = Object.entries(filter).filter(([, value]) => value !== null && value !== undefined)
  given.sort(([one], [other]) => (one < other ? -1 : 1))
  const fields = given.map(([field, value]) => [field, Array.isArray(value) ? valuesOf(value) : value])
  return Object.fromEntries(fields) as Partial<F>
}

/**
 * Returns the given fields of a filter, sorted by name, and the values of each list once and sorted. Filters of the same
 * meaning are thus the same value, and share their cursors.
 */
export const canonicalFilter = <F extends object>(filter: F): Partial<F> =>
  givenFields(filter, (list) => [...new Set(list)].sort())

/** Returns what `canonicalFilter` returned before it sorted the values of lists; cursors of that time belong to it. */
export const unsortedFilter = <F extends object>(filter: F): Partial<F> =>
  givenFields(filter, (list) => [...new Set(list)])

/**
 * Returns the fields of a filter that are not among its former ones, in canonical form, as parts of a list key: none when
 * only former fields are given, so that cursors of that time stay valid.
 */
export function addedFields<F extends object>(filter: F, former: readonly (keyof F)[]): readonly Partial<F>[] {
  const entries = Object.entries(canonicalFilter(filter)).filter(([field]) => !former.includes(field as keyof F))
  return entries.length === 0 ? [] : [Object.fromEntries(entries) as Partial<F>]
}

/** The enums that conditions name. */
export interface ConditionEnums {
  readonly Direction: EnumRef<AllTypes, TransactionDirection>
  readonly Status: EnumRef<AllTypes, TransactionStatus>
  readonly Category: EnumRef<AllTypes, TransactionCategory>
}

/**
 * Returns the fields of a filter for the conditions that all providers share; `conditionsOf` reads them. The days `from` and
 * `to` are not among them, because a provider's own filter may give these words another meaning.
 */
export function conditionFields(
  t: InputFieldBuilder<AllTypes, 'InputObject'>,
  { Direction, Status, Category }: ConditionEnums,
) {
  return {
    createdFrom: t.field({
      type: 'DateTime',
      description: 'First instant, inclusive; for periods that are not whole UTC days, such as a month in Sydney.',
    }),
    createdBefore: t.field({ type: 'DateTime', description: 'Instant at which the period ends, exclusive.' }),
    directions: t.field({
      type: [Direction],
      description:
        'Directions of the entries, as in `Transaction.direction`. In the list of an account, beside a filter by accounts, and for a caller bound to accounts, entries with two sides have the direction that these accounts see: what leaves them is DEBIT, and what moves between them is INTERNAL. `summary` follows the same rule.',
    }),
    statuses: t.field({ type: [Status], description: 'Statuses of the entries.' }),
    excludeStatuses: t.field({ type: [Status], description: 'Statuses to leave out.' }),
    categories: t.field({ type: [Category], description: 'Categories of the entries.' }),
    excludeCategories: t.field({
      type: [Category],
      description:
        'Categories to leave out, as in `Transaction.category`; entries without a category match. Taken away from `categories` when both are given.',
    }),
    uncategorized: t.boolean({
      description:
        'True for entries whose `category` is null, false for those with one. True matches nothing together with `categories`.',
    }),
    affectsBalance: t.boolean({
      description:
        'Value of `Transaction.affectsBalance`: true for entries that have changed a balance, false for all others.',
    }),
    currency: t.field({ type: 'CurrencyCode', description: 'Currency of the entries.' }),
    minAmount: t.field({ type: 'Decimal', description: 'Inclusive minimum, without currency conversion.' }),
    maxAmount: t.field({ type: 'Decimal', description: 'Inclusive maximum, without currency conversion.' }),
    referenceContains: t.string({
      description: `Part of the reference, case-insensitive; at most ${MAX_SEARCH_CHARACTERS} characters.`,
    }),
    references: t.stringList({
      description: `Whole references, case-sensitive, of which an entry has one. At most ${MAX_TEXTS} of ${MAX_SEARCH_CHARACTERS} characters each.`,
    }),
  }
}
