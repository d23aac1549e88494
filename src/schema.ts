import type { GraphQLSchema } from 'graphql'
import { createConnection, type SourceReport } from './connection/connection.ts'
import type { EntryGroup } from './connection/sources.ts'
import { InvalidArgumentError, ProviderNotConfiguredError } from './errors.ts'
import { createBuilder } from './graphql/builder.ts'
import type { GatewayContext } from './graphql/context.ts'
import { codeOf, messageOf } from './graphql/error-masking.ts'
import { withDirectives, withEntities } from './graphql/federation.ts'
import { ledgerArgs } from './graphql/ledger-connection.ts'
import { isNamed, loadNode } from './graphql/node.ts'
import { assertSearchText, MAX_SEARCH_CHARACTERS } from './graphql/search-text.ts'
import { defineSharedTypes } from './graphql/shared-types.ts'
import { defineEnum } from './graphql/transaction.ts'
import { cost, listSize, READ_WEIGHT } from './graphql/weight.ts'
import type { TransactionConditions } from './ledger/filter.ts'
import type { TransactionRecord } from './ledger/transaction.ts'
import type { AccountFilter, Provider } from './providers/provider.ts'
import { compareDecimals } from './values/decimal.ts'

const FAILURE_POLICIES = {
  FAIL: 'The field fails when any provider fails.',
  PARTIAL:
    'The field answers with what the other providers have; sources tells what is missing. Paging on from its cursors returns the missing rows once the provider is back.',
} as const

/** The most ids that one account filter takes; each may be a list of its own to read. */
const MAX_ACCOUNTS = 100

/** The conditions of a filter as a caller gave them; account fields are beside them under the providers' own names. */
type FilterInput = { [Key in keyof TransactionConditions]?: TransactionConditions[Key] | undefined } & {
  readonly providers?: readonly string[] | null | undefined
}

/** The value of a field of the filter, each entry of a list once: what is said twice adds work and no meaning. */
const withoutDuplicates = (value: unknown) => (Array.isArray(value) ? [...new Set(value)] : value)

/**
 * The fields of a filter that were given, each list without duplicates.
 *
 * @throws {InvalidArgumentError} when a field for a provider's accounts has more than `MAX_ACCOUNTS` ids, or something that
 *   cannot be an id
 */
function readFilter(
  filter: object,
  accountFilters: readonly AccountFilter[],
): FilterInput & Readonly<Record<string, unknown>> {
  const given = Object.entries(filter).filter(([, value]) => value !== null && value !== undefined)
  for (const [field, value] of given) {
    const accountFilter = accountFilters.find((filter) => filter.field === field)
    if (!accountFilter || !Array.isArray(value)) continue
    if (value.length > MAX_ACCOUNTS) {
      throw new InvalidArgumentError(
        `Filter "${field}" takes at most ${MAX_ACCOUNTS} ids; got ${value.length}. Ask for the others in further operations.`,
      )
    }
    if (!value.every((id) => accountFilter.isId(String(id)))) {
      throw new InvalidArgumentError(`Filter "${field}" takes ids of ${accountFilter.idForm}; got something else.`)
    }
  }
  given.sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(given.map(([field, value]) => [field, withoutDuplicates(value)]))
}

/** @throws {InvalidArgumentError} when a range is the wrong way round, or a text is too long */
function conditionsOf(filter: FilterInput): TransactionConditions {
  const conditions: TransactionConditions = {
    from: filter.from ?? null,
    to: filter.to ?? null,
    directions: filter.directions ?? null,
    statuses: filter.statuses ?? null,
    categories: filter.categories ?? null,
    currency: filter.currency ?? null,
    minAmount: filter.minAmount ?? null,
    maxAmount: filter.maxAmount ?? null,
    referenceContains: filter.referenceContains || null,
  }
  assertSearchText('Filter "referenceContains"', conditions.referenceContains)
  const { from, to, minAmount, maxAmount } = conditions
  if (from !== null && to !== null && from > to) {
    throw new InvalidArgumentError(`Filter "from" must not be after "to"; got ${from} and ${to}.`)
  }
  if (minAmount !== null && maxAmount !== null && compareDecimals(minAmount, maxAmount) > 0) {
    throw new InvalidArgumentError(
      `Filter "minAmount" must not be over "maxAmount"; got ${minAmount} and ${maxAmount}.`,
    )
  }
  return conditions
}

/**
 * The schema over a registry of providers: what they share, what each adds, and the one list over all of them. `served` is
 * the same with the root fields by which a router of a federated graph enters it.
 */
export function createSchema(providers: readonly Provider[]): { schema: GraphQLSchema; served: GraphQLSchema } {
  const builder = createBuilder()
  builder.queryType({ description: 'Ledgers of several providers, each by itself and all as one list.' })
  const shared = defineSharedTypes(
    builder,
    Object.fromEntries(providers.map(({ name, description }) => [name, description])),
  )
  const { Provider: ProviderEnum, Direction, Status, Category, Order, Transaction } = shared

  const Filter = builder.inputType('TransactionFilter', {
    description: 'Which entries to list. Every condition that is given must hold.',
    fields: (t) => ({
      providers: t.field({ type: [ProviderEnum], description: 'Entries of these providers only.' }),
      from: t.field({ type: 'Date', description: 'The first UTC day, included.' }),
      to: t.field({ type: 'Date', description: 'The last UTC day, included.' }),
      directions: t.field({ type: [Direction], description: 'One of these directions, as the entry itself says.' }),
      statuses: t.field({ type: [Status], description: 'One of these statuses.' }),
      categories: t.field({ type: [Category], description: 'One of these categories.' }),
      currency: t.field({ type: 'CurrencyCode', description: 'Amounts in this currency.' }),
      minAmount: t.field({ type: 'Decimal', description: 'At least this amount, in whatever currency.' }),
      maxAmount: t.field({ type: 'Decimal', description: 'At most this amount, in whatever currency.' }),
      referenceContains: t.string({
        description: `Part of the reference, case-insensitive; at most ${MAX_SEARCH_CHARACTERS} characters.`,
      }),
      ...Object.fromEntries(
        providers.flatMap(({ accountFilter }) =>
          accountFilter
            ? [
                [
                  accountFilter.field,
                  t.idList({
                    description: `${accountFilter.description} At most ${MAX_ACCOUNTS}.`,
                    extensions: cost(READ_WEIGHT),
                  }),
                ],
              ]
            : [],
        ),
      ),
    }),
  })
  const accountFilters = providers.flatMap(({ accountFilter }) => accountFilter ?? [])
  const FailurePolicy = defineEnum(
    builder,
    'FailurePolicy',
    'What becomes of a list over several providers when one of them fails.',
    FAILURE_POLICIES,
  )

  const SourceError = builder.objectRef<{ error: Error }>('SourceError').implement({
    description: 'Why a provider could not be read.',
    fields: (t) => ({
      code: t.string({
        description: 'The code that an error of the field would carry.',
        resolve: ({ error }) => codeOf(error),
      }),
      message: t.string({
        description: 'What went wrong, for people.',
        resolve: ({ error }, _, context) => messageOf(error, context.reportUnexpected),
      }),
    }),
  })
  const Source = builder.objectRef<SourceReport>('TransactionSource').implement({
    description: 'What one provider contributed to a page.',
    fields: (t) => ({
      provider: t.field({ type: ProviderEnum, description: 'Which provider.', resolve: (source) => source.provider }),
      totalCount: t.int({
        nullable: true,
        description: 'Null when the source failed or does not tell.',
        resolve: (source) => source.totalCount(),
      }),
      error: t.field({
        type: SourceError,
        nullable: true,
        description: 'Null when the source was read.',
        // An error that is returned as it is would count as thrown.
        resolve: async (source) => {
          const error = await source.error()
          return error && { error }
        },
      }),
    }),
  })
  const { Connection } = shared.ledgerConnection<TransactionRecord>({
    name: 'Transaction',
    node: Transaction,
    description: 'A page of the one list over all providers.',
  })
  builder.objectField(Connection, 'sources', (t) =>
    t.field({
      type: [Source],
      description: 'What each provider contributed to this page, and whether it could be read.',
      extensions: listSize(providers.length),
      resolve: (connection) => [...connection.sources],
    }),
  )

  /** The providers' parts of the unified list. One that is switched off says so; one that cannot match is left out. */
  function groupsOf(
    filter: FilterInput & Readonly<Record<string, unknown>>,
    conditions: TransactionConditions,
    context: GatewayContext,
  ): EntryGroup<TransactionRecord>[] {
    const accountsOf = ({ accountFilter }: Provider) =>
      (accountFilter && (filter[accountFilter.field] as readonly string[] | null | undefined)) ?? null
    const isByAccount = providers.some((provider) => accountsOf(provider) !== null)
    return providers.flatMap((provider): EntryGroup<TransactionRecord>[] => {
      const accounts = accountsOf(provider)
      if (filter.providers && !filter.providers.includes(provider.name)) return []
      if (isByAccount && accounts === null) return []
      try {
        const group = context.session(provider.name).transactions(conditions, accounts)
        return group ? [group] : []
      } catch (error) {
        if (!(error instanceof ProviderNotConfiguredError)) throw error
        return [{ provider: provider.name, open: () => Promise.reject(error) }]
      }
    })
  }

  builder.queryField('transactions', (t) =>
    t.field({
      type: Connection,
      description: 'The entries of all providers as one list.',
      args: {
        ...ledgerArgs(t.arg, Filter, Order),
        onProviderFailure: t.arg({
          type: FailurePolicy,
          required: true,
          defaultValue: 'FAIL',
          description: 'What becomes of the list when a provider fails.',
        }),
      },
      resolve: (_, args, context) => {
        const filter = readFilter(args.filter ?? {}, accountFilters)
        return createConnection({
          listKey: JSON.stringify(['transactions', Object.entries(filter), args.order]),
          groups: groupsOf(filter, conditionsOf(filter), context),
          order: args.order,
          args,
          onFailure: args.onProviderFailure,
          scanLimit: context.scanLimit,
          cursors: context.cursors,
        })
      },
    }),
  )

  builder.queryField('transaction', (t) =>
    t.field({
      type: Transaction,
      nullable: true,
      description: 'The entry with this id, of whichever provider, or null where it is not there any more.',
      args: { id: t.arg.id({ required: true, description: 'The id of an entry, as this gateway gave it out.' }) },
      extensions: cost(READ_WEIGHT),
      resolve: async (_, { id }, context, { schema }) =>
        (await loadNode(shared.nodeTypes, id, context, isNamed(schema, Transaction.name))) as TransactionRecord | null,
    }),
  )

  for (const provider of providers) provider.defineTypes(builder, shared)
  const schema = withDirectives(builder.toSchema({ sortSchema: false }), shared.nodeTypes, [Transaction.name])
  return { schema, served: withEntities(schema, shared.nodeTypes) }
}
