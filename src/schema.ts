import type { InputObjectRef } from '@pothos/core'
import type { GraphQLSchema } from 'graphql'
import { createConnection } from './connection/connection.ts'
import type { EntryGroup } from './connection/sources.ts'
import { ProviderNotConfiguredError } from './errors.ts'
import { accountsOf } from './graphql/account-filter.ts'
import { type AllTypes, createBuilder, type GatewayBuilder } from './graphql/builder.ts'
import { conditionsOf } from './graphql/conditions.ts'
import type { GatewayContext } from './graphql/context.ts'
import { withDirectives, withEntities } from './graphql/federation.ts'
import { withGrantGuard } from './graphql/grant-guard.ts'
import { selectedGroupings } from './graphql/groups.ts'
import { ledgerArgs } from './graphql/ledger-connection.ts'
import { isNamed, loadNode } from './graphql/node.ts'
import { defineProviders } from './graphql/provider-status.ts'
import { defineSharedTypes, type SharedTypes } from './graphql/shared-types.ts'
import { defineEnum } from './graphql/transaction.ts'
import {
  defineTransactionFilter,
  type FilterInput,
  filterOfCursors,
  listKeyOf,
  readFilter,
} from './graphql/transaction-filter.ts'
import { defineSources } from './graphql/transaction-source.ts'
import { cost, READ_WEIGHT } from './graphql/weight.ts'
import type { Grouping } from './ledger/groups.ts'
import type { TransactionRecord } from './ledger/transaction.ts'
import type { Provider } from './providers/provider.ts'

const FAILURE_POLICIES = {
  FAIL: 'Fails the list when any provider fails.',
  PARTIAL:
    'Returns the entries of the other providers; `sources` reports the failure. Missing entries follow on later pages after recovery, below older ones that were returned before. When only failing providers have more entries, pages are empty and `endCursor` stays the same: wait `sources { error { retryAfterMs } }`, or a few seconds, before the next attempt.',
} as const

/** Returns the account filters that providers have. */
const accountFiltersOf = (providers: readonly Provider[]) =>
  providers.flatMap(({ accountFilter }) => accountFilter ?? [])

/** Returns the one group of a provider that is switched off: opening it reports just that. */
const disabledGroup = (provider: string, error: ProviderNotConfiguredError): EntryGroup<TransactionRecord> => ({
  provider,
  open: () => Promise.reject(error),
})

/** Returns the sources of the merged list. Providers in which no entry can match are left out. */
function openGroups(
  providers: readonly Provider[],
  filter: FilterInput,
  groupings: readonly Grouping[],
  context: GatewayContext,
): EntryGroup<TransactionRecord>[] {
  const conditions = conditionsOf(filter)
  const isByAccount = providers.some(({ accountFilter }) => accountsOf(filter, accountFilter) !== null)
  return providers.flatMap(({ name, accountFilter }): EntryGroup<TransactionRecord>[] => {
    const accounts = accountsOf(filter, accountFilter)
    if (filter.providers && !filter.providers.includes(name)) return []
    if (isByAccount && accounts === null) return []
    try {
      const group = context.session(name).transactions(conditions, accounts, groupings)
      return group ? [group] : []
    } catch (error) {
      if (!(error instanceof ProviderNotConfiguredError)) throw error
      return [disabledGroup(name, error)]
    }
  })
}

/** Adds `TransactionConnection`. */
function defineTransactionConnection(builder: GatewayBuilder, shared: SharedTypes, providers: readonly Provider[]) {
  const { Connection } = shared.ledgerConnection<TransactionRecord>({
    name: 'Transaction',
    node: shared.Transaction,
    description: 'Page of the merged list over all providers.',
    totalCount:
      'Number of matching entries; null when counting would require reading them all. One provider that failed or cannot count its entries makes it null for the whole list; `sources { provider totalCount }` shows which one.',
    summary:
      'Totals over all matching entries, not only this page. They fail when one provider does, also under PARTIAL, and the page fails with them; `sources { summary }` has the totals of each provider by itself.',
  })
  defineSources(builder, shared, Connection, providers.length)
  return Connection
}

/** Adds `Query.transactions`. */
function defineTransactions(
  builder: GatewayBuilder,
  shared: SharedTypes,
  Filter: InputObjectRef<AllTypes, object>,
  providers: readonly Provider[],
): void {
  const accountFilters = accountFiltersOf(providers)
  const FailurePolicy = defineEnum(
    builder,
    'FailurePolicy',
    'Behaviour of a list when a provider fails.',
    FAILURE_POLICIES,
  )
  builder.queryField('transactions', (t) =>
    t.field({
      type: defineTransactionConnection(builder, shared, providers),
      description: 'Entries of all providers, merged into one list by `createdAt`.',
      args: {
        ...ledgerArgs(t.arg, Filter, shared.Order),
        onProviderFailure: t.arg({
          type: FailurePolicy,
          required: true,
          defaultValue: 'FAIL',
          description: 'Behaviour of the list when a provider fails; FAIL by default.',
        }),
      },
      resolve: (_, args, context, info) => {
        // A result that lacks entries of a provider that failed is not to be used again.
        if (args.onProviderFailure === 'PARTIAL') context.cacheView?.use(null)
        const canonical = readFilter((args.filter ?? {}) as FilterInput, accountFilters, shared.nodeTypes)
        const filter = filterOfCursors(canonical, args, context.cursors)
        return createConnection({
          listKey: listKeyOf(filter, args.order),
          groups: openGroups(providers, filter, selectedGroupings(info), context),
          order: args.order,
          args,
          onFailure: args.onProviderFailure,
          scanLimit: context.scanLimit,
          cursors: context.cursors,
          memory: context.walks,
          mayRead: context.mayRead,
        })
      },
    }),
  )
}

/** Adds `Query.transaction`. */
function defineTransactionById(builder: GatewayBuilder, { Transaction, nodeTypes }: SharedTypes): void {
  builder.queryField('transaction', (t) =>
    t.field({
      type: Transaction,
      nullable: true,
      description: 'Entry with this id, of any provider; null when it does not exist.',
      args: { id: t.arg.id({ required: true, description: 'Global id of an entry, from this gateway.' }) },
      extensions: cost(READ_WEIGHT),
      resolve: async (_, { id }, context, { schema }) =>
        (await loadNode(nodeTypes, id, context, isNamed(schema, Transaction.name))) as TransactionRecord | null,
    }),
  )
}

/**
 * Builds the schema over a registry of providers: shared types, the types of each provider, and the merged list.
 *
 * @returns `schema`, the public one; `served`, the same with the root fields by which a router of a federated graph enters
 */
export function createSchema(providers: readonly Provider[]): { schema: GraphQLSchema; served: GraphQLSchema } {
  const builder = createBuilder()
  builder.queryType({ description: 'Ledgers of several providers, separate and merged.' })
  const descriptions = Object.fromEntries(providers.map(({ name, description }) => [name, description]))
  const shared = defineSharedTypes(builder, descriptions)
  const Filter = defineTransactionFilter(builder, shared, accountFiltersOf(providers))
  defineTransactions(builder, shared, Filter, providers)
  defineTransactionById(builder, shared)
  defineProviders(
    builder,
    shared,
    providers.map(({ name }) => name),
  )
  for (const provider of providers) provider.defineTypes(builder, shared)
  const guarded = withGrantGuard(builder.toSchema({ sortSchema: false }), shared.nodeTypes)
  const schema = withDirectives(guarded, shared.nodeTypes, [shared.Transaction.name, shared.Account.name])
  return { schema, served: withEntities(schema, shared.nodeTypes) }
}
