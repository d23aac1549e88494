import {
  builder,
  type Entry,
  type KobbleEntry,
  kobbleEntry,
  locatorOf,
  Money,
  Transaction,
  type VobizEntry,
  vobizEntry,
} from './builder.ts'
import { connectionOf, DEFAULT_PAGE, decodeCursor, encodeCursor, type Page, pageOf } from './connection.ts'
import type { WalletRow } from './rows.ts'
import { type Loaders, readAccounts, readCustomerLedger, readGlobalLedger, readKobble } from './upstream.ts'

const TRANSFER = /^ptc:([^:]+):([^:]+):(\d+)$/

interface TransferShape {
  readonly partnerId: string
  readonly customerAuthId: string
  readonly requestedAt: string
}

function transferOf(reference: string | null | undefined): TransferShape | null {
  const [, partnerId, customerAuthId, seconds] = TRANSFER.exec(reference ?? '') ?? []
  if (partnerId === undefined || customerAuthId === undefined) return null
  const requestedAt = new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z')
  return { partnerId, customerAuthId, requestedAt }
}

const VobizTransfer = builder.objectRef<TransferShape>('VobizTransfer').implement({
  fields: (t) => ({
    partnerId: t.exposeID('partnerId'),
    customerAuthId: t.exposeID('customerAuthId'),
    requestedAt: t.expose('requestedAt', { type: 'DateTime' }),
  }),
})

const VobizTransaction = builder.objectRef<VobizEntry>('VobizTransaction').implement({
  interfaces: [Transaction],
  fields: (t) => ({
    accountId: t.id({ resolve: ({ row }) => row.account_id }),
    balanceId: t.id({ nullable: true, resolve: ({ row }) => row.balance_id }),
    description: t.string({ nullable: true, resolve: ({ row }) => row.description }),
    referenceType: t.string({ nullable: true, resolve: ({ row }) => row.reference_type }),
    processedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ row }) => row.processed_at }),
    transfer: t.field({ type: VobizTransfer, nullable: true, resolve: ({ row }) => transferOf(row.reference) }),
  }),
})

const KobbleTransaction = builder.objectRef<KobbleEntry>('KobbleTransaction').implement({
  interfaces: [Transaction],
  fields: (t) => ({
    paymentType: t.string({ resolve: ({ row }) => row.payment_type }),
    externalId: t.string({ nullable: true, resolve: ({ row }) => row.external_id }),
    fromId: t.id({ nullable: true, resolve: ({ row }) => row.from }),
    toId: t.id({ nullable: true, resolve: ({ row }) => row.to }),
    metadata: t.field({ type: 'JSON', resolve: ({ row }) => row.metadata }),
  }),
})

const KobbleWallet = builder.objectRef<WalletRow & { readonly typename: 'KobbleWallet' }>('KobbleWallet').implement({
  fields: (t) => ({
    providerId: t.exposeID('id'),
    holderId: t.exposeID('holder_id'),
    status: t.exposeString('status'),
    available: t.field({ type: Money, resolve: ({ amount, asset }) => ({ amount, currency: asset }) }),
  }),
})

const VobizConnection = connectionOf<VobizEntry>('VobizTransaction', VobizTransaction)
const KobbleConnection = connectionOf<KobbleEntry>('KobbleTransaction', KobbleTransaction)
const MergedConnection = connectionOf<Entry>('Transaction', Transaction)

/** A customer; the name is read when it is not known yet. */
interface CustomerShape {
  readonly typename: 'VobizCustomer'
  readonly authId: string
  readonly name?: string | null | undefined
}

const VobizCustomer = builder.objectRef<CustomerShape>('VobizCustomer').implement({
  fields: (t) => ({
    authId: t.exposeID('authId'),
    name: t.string({
      nullable: true,
      resolve: async ({ authId, name }, _, { loaders }) =>
        name === undefined ? (await loaders.accounts.load(authId)).name : name,
    }),
    transactions: t.field({
      type: VobizConnection,
      args: { first: t.arg.int(), after: t.arg.string() },
      resolve: async ({ authId }, { first, after }) => {
        const [offset = 0] = decodeCursor(after)
        const ledger = await readCustomerLedger(authId, offset, first ?? DEFAULT_PAGE)
        const currency = ledger.rows[0]?.currency ?? ''
        return { ...pageOf(ledger, offset, vobizEntry), summary: { ...ledger.summary, currency } }
      },
    }),
  }),
})

const CustomerConnection = connectionOf<CustomerShape>('VobizCustomer', VobizCustomer)

/** Reads a page from both lists and merges them; a cursor holds the offsets in both. */
async function readMerged(first: number, after: string | null | undefined): Promise<Page<Entry>> {
  let [vobiz = 0, kobble = 0] = decodeCursor(after, 2)
  const [ofVobiz, ofKobble] = await Promise.all([readGlobalLedger(vobiz, first), readKobble(kobble, first)])
  const total = ofVobiz.total + ofKobble.total
  const tagged = [
    ...ofVobiz.rows.map((row) => ({ createdAt: row.created_at, entry: vobizEntry(row) as Entry })),
    ...ofKobble.rows.map((row) => ({ createdAt: row.created_at, entry: kobbleEntry(row) as Entry })),
  ]
  const newest = tagged.sort((one, other) => (one.createdAt > other.createdAt ? -1 : 1)).slice(0, first)
  const edges = newest.map(({ entry }) => {
    if (entry.provider === 'VOBIZ') vobiz++
    else kobble++
    return { cursor: encodeCursor(vobiz, kobble), node: entry }
  })
  return { edges, total, hasNextPage: vobiz + kobble < total }
}

const Entity = builder.unionType('_Entity', {
  types: [VobizCustomer, VobizTransaction, KobbleTransaction, KobbleWallet],
  resolveType: (entity) => entity.typename,
})

/** Fetches an entity by its key. */
async function loadEntity(key: Readonly<Record<string, string>>, loaders: Loaders) {
  const { __typename: typename, id = '', authId = '', providerId = '' } = key
  if (typename === 'VobizCustomer') {
    const { name } = await loaders.accounts.load(authId)
    return { typename, authId, name } as const
  }
  if (typename === 'KobbleWallet') return { ...(await loaders.wallets.load(providerId)), typename } as const
  if (typename === 'KobbleTransaction') return kobbleEntry(await loaders.transactions.load(providerId))
  const row = await loaders.entries.load(locatorOf(id))
  return row && vobizEntry(row)
}

builder.queryType({
  fields: (t) => ({
    vobizCustomer: t.field({
      type: VobizCustomer,
      nullable: true,
      args: { authId: t.arg.id({ required: true }) },
      resolve: (_, { authId }) => ({ typename: 'VobizCustomer', authId }) as const,
    }),
    vobizCustomers: t.field({
      type: CustomerConnection,
      args: { first: t.arg.int(), after: t.arg.string() },
      resolve: async (_, { first, after }) => {
        const [offset = 0] = decodeCursor(after)
        return pageOf(await readAccounts(offset, first ?? DEFAULT_PAGE), offset, ({ auth_id, name }) => {
          return { typename: 'VobizCustomer', authId: auth_id, name } as const
        })
      },
    }),
    kobbleTransaction: t.field({
      type: KobbleTransaction,
      nullable: true,
      args: { providerId: t.arg.id({ required: true }) },
      resolve: async (_, { providerId }, { loaders }) => kobbleEntry(await loaders.transactions.load(providerId)),
    }),
    kobbleTransactions: t.field({
      type: KobbleConnection,
      args: { first: t.arg.int(), after: t.arg.string() },
      resolve: async (_, { first, after }) => {
        const [offset = 0] = decodeCursor(after)
        return pageOf(await readKobble(offset, first ?? DEFAULT_PAGE), offset, kobbleEntry)
      },
    }),
    transactions: t.field({
      type: MergedConnection,
      args: { first: t.arg.int(), after: t.arg.string() },
      resolve: (_, { first, after }) => readMerged(first ?? DEFAULT_PAGE, after),
    }),
    _entities: t.field({
      type: [Entity],
      nullable: { list: false, items: true },
      args: { representations: t.arg({ type: ['_Any'], required: true }) },
      resolve: (_, { representations }, { loaders }) =>
        Promise.all(representations.map((representation) => loadEntity(representation, loaders))),
    }),
  }),
})

export const schema = builder.toSchema()
