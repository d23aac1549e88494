import type { ListOrder } from '../connection/connection.ts'
import type { CursorCodec } from '../connection/cursor.ts'
import { InvalidArgumentError } from '../errors.ts'
import type { GatewayBuilder } from './builder.ts'
import { type ConditionsInput, canonicalFilter, conditionFields, unsortedFilter } from './conditions.ts'
import type { LedgerArguments } from './ledger-connection.ts'
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

/** The fields of a filter that are neither absent nor null. Account fields have the names that their providers chose. */
export type FilterInput = ConditionsInput & {
  readonly providers?: readonly string[] | null | undefined
} & Readonly<Record<string, unknown>>

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
 * Returns the given fields of a filter in their canonical form; see `canonicalFilter`.
 *
 * @throws {InvalidArgumentError} when an account field has too many ids, or one that cannot be an id
 */
export function readFilter(filter: FilterInput, accountFilters: readonly AccountFilter[]): FilterInput {
  for (const accountFilter of accountFilters) {
    const ids = filter[accountFilter.field]
    if (Array.isArray(ids)) assertAccountIds(accountFilter, ids)
  }
  return canonicalFilter(filter)
}

/** The key of the merged list in its cursors. */
export const listKeyOf = (filter: FilterInput, order: ListOrder): string =>
  JSON.stringify(['transactions', Object.entries(filter), order])

/**
 * Returns the form of a filter to which the cursors of a request belong, and whose order its accounts are read in: the
 * canonical one, unless a cursor was made when the values of lists were not sorted yet. Its list goes on as it began.
 *
 * @param canonical the same filter, as `readFilter` returned it
 */
export function filterOfCursors(
  canonical: FilterInput,
  { filter, order, after, before }: LedgerArguments<object>,
  cursors: CursorCodec,
): FilterInput {
  const unsorted: FilterInput = unsortedFilter((filter ?? {}) as FilterInput)
  const key = listKeyOf(unsorted, order)
  if (key === listKeyOf(canonical, order)) return canonical
  const isFormer = (cursor: string | null | undefined) => cursor && cursors.forList(key).decode(cursor) !== null
  return isFormer(after) || isFormer(before) ? unsorted : canonical
}

/** Returns the accounts to which a filter confines the entries of a provider; null for all. */
export function accountsOf(filter: FilterInput, accountFilter: AccountFilter | null): readonly string[] | null {
  return ((accountFilter && filter[accountFilter.field]) ?? null) as readonly string[] | null
}

/** Adds `TransactionFilter`, with a field for the accounts of each provider that has them. */
export function defineTransactionFilter(
  builder: GatewayBuilder,
  { Provider, ...enums }: Pick<SharedTypes, 'Provider' | 'Direction' | 'Status' | 'Category'>,
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
        ...conditionFields(t, enums),
        ...Object.fromEntries(accountFilters.map(accountField)),
      }
    },
  })
}
