import { InvalidArgumentError } from '../errors.ts'
import type { TransactionConditions } from '../ledger/filter.ts'
import { compareDecimals } from '../values/decimal.ts'
import { parseInstant } from '../values/instant.ts'
import type { GatewayBuilder } from './builder.ts'
import { assertPeriod } from './period.ts'
import { assertSearchText, MAX_SEARCH_CHARACTERS } from './search-text.ts'
import type { SharedTypes } from './shared-types.ts'
import { cost, READ_WEIGHT } from './weight.ts'

/** A field of `TransactionFilter` that takes accounts of one provider. */
export interface AccountFilter {
  readonly field: string
  readonly description: string
  /** Returns true when a text can be the id of an account; nothing else is sent to the provider. */
  isId(text: string): boolean
  /** The form of an id, for errors, as in "expected …". */
  readonly idForm: string
}

/** Maximum number of ids in one account filter; each may be a list of its own to read. */
const MAX_ACCOUNTS = 100

type ConditionsInput = Omit<TransactionConditions, 'createdFrom' | 'createdBefore'> & {
  /** RFC 3339. */
  readonly createdFrom: string | null
  /** RFC 3339. */
  readonly createdBefore: string | null
}

/** The fields of a filter that are neither absent nor null. Account fields have the names that their providers chose. */
export type FilterInput = { [Key in keyof ConditionsInput]?: ConditionsInput[Key] | undefined } & {
  readonly providers?: readonly string[] | null | undefined
} & Readonly<Record<string, unknown>>

/** Returns a value with each entry of a list once. Duplicates add work and no meaning. */
const withoutDuplicates = (value: unknown) => (Array.isArray(value) ? [...new Set(value)] : value)

/** @throws {InvalidArgumentError} when there are more than `MAX_ACCOUNTS` ids, or one that cannot be an id */
function assertAccountIds({ field, isId, idForm }: AccountFilter, ids: readonly unknown[]): void {
  if (ids.length > MAX_ACCOUNTS) {
    throw new InvalidArgumentError(
      `Filter "${field}" takes at most ${MAX_ACCOUNTS} ids; got ${ids.length}. Request the others in further operations.`,
    )
  }
  if (!ids.every((id) => isId(String(id)))) {
    throw new InvalidArgumentError(`Filter "${field}" takes ids of ${idForm}; got something else.`)
  }
}

/**
 * Returns the given fields of a filter, sorted by name, each list without duplicates. Filters of the same meaning are thus
 * the same value, and share their cursors.
 *
 * @throws {InvalidArgumentError} when an account field has too many ids, or one that cannot be an id
 */
export function readFilter(filter: object, accountFilters: readonly AccountFilter[]): FilterInput {
  const given = Object.entries(filter).filter(([, value]) => value !== null && value !== undefined)
  for (const [field, value] of given) {
    const accountFilter = accountFilters.find((candidate) => candidate.field === field)
    if (accountFilter && Array.isArray(value)) assertAccountIds(accountFilter, value)
  }
  given.sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(given.map(([field, value]) => [field, withoutDuplicates(value)]))
}

/** Returns the accounts to which a filter confines the entries of a provider; null for all. */
export function accountsOf(filter: FilterInput, accountFilter: AccountFilter | null): readonly string[] | null {
  return ((accountFilter && filter[accountFilter.field]) ?? null) as readonly string[] | null
}

/** Returns the instant of a DateTime, which its scalar has checked; null without one. */
const instantOf = (text: string | null | undefined) => parseInstant(text ?? '')?.instant ?? null

/** @throws {InvalidArgumentError} when both instants are given and the period ends where it begins, or before */
function assertInstants({ createdFrom, createdBefore }: FilterInput): void {
  const [start, end] = [instantOf(createdFrom), instantOf(createdBefore)]
  if (start === null || end === null || start < end) return
  throw new InvalidArgumentError(
    `Filter "createdFrom" must be before "createdBefore"; got ${createdFrom} and ${createdBefore}.`,
  )
}

/**
 * Returns the conditions on entries that all providers share.
 *
 * @throws {InvalidArgumentError} when a range ends before it begins, or a text is too long
 */
export function conditionsOf(filter: FilterInput): TransactionConditions {
  const conditions: TransactionConditions = {
    from: filter.from ?? null,
    to: filter.to ?? null,
    createdFrom: instantOf(filter.createdFrom),
    createdBefore: instantOf(filter.createdBefore),
    directions: filter.directions ?? null,
    statuses: filter.statuses ?? null,
    categories: filter.categories ?? null,
    currency: filter.currency ?? null,
    minAmount: filter.minAmount ?? null,
    maxAmount: filter.maxAmount ?? null,
    referenceContains: filter.referenceContains || null,
  }
  const { minAmount, maxAmount, referenceContains } = conditions
  assertSearchText('Filter "referenceContains"', referenceContains)
  assertPeriod('Filter', conditions)
  assertInstants(filter)
  if (minAmount !== null && maxAmount !== null && compareDecimals(minAmount, maxAmount) > 0) {
    throw new InvalidArgumentError(
      `Filter "minAmount" must not be over "maxAmount"; got ${minAmount} and ${maxAmount}.`,
    )
  }
  return conditions
}

/** Adds `TransactionFilter`, with a field for the accounts of each provider that has them. */
export function defineTransactionFilter(
  builder: GatewayBuilder,
  { Provider, Direction, Status, Category }: Pick<SharedTypes, 'Provider' | 'Direction' | 'Status' | 'Category'>,
  accountFilters: readonly AccountFilter[],
) {
  return builder.inputType('TransactionFilter', {
    description: 'Conditions on entries. All that are given must hold.',
    fields: (t) => {
      const accountField = ({ field, description }: AccountFilter) => [
        field,
        t.idList({ description: `${description} At most ${MAX_ACCOUNTS}.`, extensions: cost(READ_WEIGHT) }),
      ]
      return {
        providers: t.field({ type: [Provider], description: 'Providers of the entries.' }),
        from: t.field({ type: 'Date', description: 'First UTC day, inclusive.' }),
        to: t.field({ type: 'Date', description: 'Last UTC day, inclusive.' }),
        createdFrom: t.field({
          type: 'DateTime',
          description: 'First instant, inclusive; for periods that are not whole UTC days, such as a month in Sydney.',
        }),
        createdBefore: t.field({ type: 'DateTime', description: 'Instant at which the period ends, exclusive.' }),
        directions: t.field({
          type: [Direction],
          description: 'Directions of the entries, as in `Transaction.direction`.',
        }),
        statuses: t.field({ type: [Status], description: 'Statuses of the entries.' }),
        categories: t.field({ type: [Category], description: 'Categories of the entries.' }),
        currency: t.field({ type: 'CurrencyCode', description: 'Currency of the entries.' }),
        minAmount: t.field({ type: 'Decimal', description: 'Inclusive minimum, without currency conversion.' }),
        maxAmount: t.field({ type: 'Decimal', description: 'Inclusive maximum, without currency conversion.' }),
        referenceContains: t.string({
          description: `Part of the reference, case-insensitive; at most ${MAX_SEARCH_CHARACTERS} characters.`,
        }),
        ...Object.fromEntries(accountFilters.map(accountField)),
      }
    },
  })
}
