import type { ListOrder } from '../connection/connection.ts'
import type { CursorCodec } from '../connection/cursor.ts'
import { ACCOUNTS, type AccountFilter, type KnownTypes, MAX_ACCOUNTS, withOwnAccountIds } from './account-filter.ts'
import type { GatewayBuilder } from './builder.ts'
import { type ConditionsInput, canonicalFilter, conditionFields, unsortedFilter } from './conditions.ts'
import type { LedgerArguments } from './ledger-connection.ts'
import type { SharedTypes } from './shared-types.ts'
import { cost, READ_WEIGHT } from './weight.ts'

/** The fields of a filter that are neither absent nor null. Account fields have the names that their providers chose. */
export type FilterInput = ConditionsInput & {
  readonly providers?: readonly string[] | null | undefined
} & Readonly<Record<string, unknown>>

/**
 * Returns the given fields of a filter in their canonical form; see `canonicalFilter`. Accounts are in the fields of their
 * providers, by the providers' own ids.
 *
 * @throws {InvalidArgumentError} when an account field has too many ids, or one that is not the id of an account
 */
export const readFilter = (
  filter: FilterInput,
  accountFilters: readonly AccountFilter[],
  nodeTypes: KnownTypes,
): FilterInput => canonicalFilter(withOwnAccountIds(filter, accountFilters, nodeTypes))

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
  const given = [after, before].filter((cursor) => cursor !== null && cursor !== undefined)
  if (given.length === 0) return canonical
  const unsorted: FilterInput = unsortedFilter((filter ?? {}) as FilterInput)
  const key = listKeyOf(unsorted, order)
  if (key === listKeyOf(canonical, order)) return canonical
  const former = cursors.forList(key)
  return given.some((cursor) => former.decode(cursor) !== null) ? unsorted : canonical
}

const ACCOUNTS_DESCRIPTION =
  'Global ids of accounts of any provider, as if each were given in the filter field of its provider. Entries of any given account match; providers without a given account are excluded.'

/** Adds `TransactionFilter`, with a field for the accounts of each provider that has them. */
export function defineTransactionFilter(
  builder: GatewayBuilder,
  { Provider, ...enums }: Pick<SharedTypes, 'Provider' | 'Direction' | 'Status' | 'Category'>,
  accountFilters: readonly AccountFilter[],
) {
  return builder.inputType('TransactionFilter', {
    description: 'Conditions on entries. All that are given must hold.',
    fields: (t) => {
      const accountField = (description: string) =>
        t.idList({ description: `${description} At most ${MAX_ACCOUNTS}.`, extensions: cost(READ_WEIGHT) })
      return {
        providers: t.field({ type: [Provider], description: 'Providers of the entries.' }),
        from: t.field({ type: 'Date', description: 'First UTC day, inclusive.' }),
        to: t.field({ type: 'Date', description: 'Last UTC day, inclusive.' }),
        ...conditionFields(t, enums),
        ...(accountFilters.length > 0 && { [ACCOUNTS]: accountField(ACCOUNTS_DESCRIPTION) }),
        ...Object.fromEntries(accountFilters.map(({ field, description }) => [field, accountField(description)])),
      }
    },
  })
}
