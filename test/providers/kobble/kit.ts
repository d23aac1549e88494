import { encodeGlobalId } from '../../../src/graphql/node.ts'
import { createKobbleApi, type KobbleApi } from '../../../src/providers/kobble/http.ts'
import type { KobbleSandbox, KobbleSandboxEntry } from '../../../src/providers/kobble/sandbox/index.ts'
import { type FaultDocument, MONEY } from '../../faults/support/fault-kit.ts'
import { contractRow } from '../../support/contract.ts'
import type { KitEntry, ProviderKit } from '../../support/kits.ts'
import { ANY_ID, recordOperations } from '../../support/upstream-operations.ts'
import { CATEGORIES, directionBy, STATUSES } from './contract.ts'

const AUTH = { token: async () => 'token', drop: () => true, close: async () => {} }
const WALLETS = 3

const sidesOf = ({ from, to }: KobbleSandboxEntry) => [from, to].filter((side) => side !== null)

/** Returns the values of an entry by the contract tables. */
function entryOf(entry: KobbleSandboxEntry, wallets: readonly string[]): KitEntry {
  const [, status, isAccepted] = contractRow(STATUSES, entry.status)
  const [, category, doesAffectBalance] = contractRow(CATEGORIES, entry.type)
  return {
    id: entry.id,
    direction: directionBy(entry, wallets),
    directionSeenFrom: (accounts) => directionBy(entry, accounts),
    status,
    affectsBalance: isAccepted && doesAffectBalance,
    category,
    categories: [category],
    currency: entry.asset,
    amount: Number(entry.amount),
    reference: entry.reference,
    createdAt: entry.created_at,
    accounts: sidesOf(entry),
    lists: ['all', 'account'],
  }
}

/** The test kit of Kobble. Its accounts are the wallets. */
export const kit: ProviderKit<KobbleSandbox> = {
  operations: [
    ...(await recordOperations<KobbleApi>((client) => createKobbleApi({ client, auth: AUTH }), {
      listTransactions: (api) => api.listTransactions({ offset: 0, limit: 1, order: 'desc' }),
      getTransaction: (api) => api.getTransaction(ANY_ID),
      listWallets: (api) => api.listWallets(),
      getWallet: (api) => api.getWallet(ANY_ID),
    })),
    { name: 'getAccessToken', server: 1, authStatuses: [400], isRequest: () => true },
  ],
  faults: {
    notFound: { statuses: [403, 404], operations: ['getTransaction', 'getWallet'] },
    optional: null,
    unified: { all: ['listTransactions', 'getAccessToken'], ofAccounts: ['listTransactions'], accounts: 1 },
    invalidFields: (secret) => ({ amount: `${secret} ${secret}`, access_token: `${secret} ${secret}` }),
    documents: kobbleFaultDocuments,
  },
  fill(sandbox, timestamps) {
    const wallets = Array.from({ length: WALLETS }, () => sandbox.addWallet().id)
    for (const [index, created_at] of timestamps.entries()) {
      const [to, from] = [wallets[index % WALLETS]!, wallets[(index + 1) % WALLETS]!]
      sandbox.add({ created_at, amount: '12.5', to, ...(index % 2 === 1 && { from }) })
    }
  },
  plantSecrets(sandbox, marker) {
    // Tokens are issued again and again, each a secret of its own.
    sandbox.traits.tokenLifeSeconds = 300
    sandbox.addWallet({ account_number: `${marker}-account`, bank_code: `${marker}-bank` })
  },
  // Its credentials may be any text, and its addresses are tested with those of all providers.
  unusableVariables: () => ({}),
  secretsOf({ api }) {
    const sent = api.requests.map(({ headers }) => (headers.authorization ?? '').slice('Bearer '.length))
    return [...new Set(sent)]
  },
  accountsOf: ({ wallets }) => wallets.map(({ id }) => id),
  argumentsOf({ wallets, entries }, account) {
    const ids = account === null ? wallets.map(({ id }) => id) : [account]
    const own = entries.filter((entry) => account === null || sidesOf(entry)[0] === account).map(({ id }) => id)
    return {
      kobbleWallets: ids,
      accounts: ids.map((id) => encodeGlobalId('KobbleWallet', id)),
      'kobbleWallet.providerId': ids,
      'kobbleTransaction.providerId': own.slice(0, 10),
      'directionFor.walletId': ids,
    }
  },
  objectsOf({ wallets, entries }, account) {
    const walletId = account ?? wallets[0]!.id
    const { id } = entries.find((entry) => sidesOf(entry)[0] === walletId)!
    return [
      { typename: 'KobbleTransaction', locator: id, keys: { providerId: id } },
      { typename: 'KobbleWallet', locator: walletId, keys: { providerId: walletId } },
    ]
  },
  lists: [
    ...['NEWEST_FIRST', 'OLDEST_FIRST'].map((order) => ({
      field: 'kobbleTransactions',
      args: `order: ${order}`,
      key: JSON.stringify(['kobbleTransactions', null, 'null', 'null', order]),
    })),
    { field: 'kobbleWallets', args: '', key: 'kobbleWallets' },
  ],
  entriesOf({ entries, wallets }) {
    const ids = wallets.map(({ id }) => id)
    return entries.map((entry) => entryOf(entry, ids))
  },
  rowsOf: ({ wallets, entries }) => [
    ...entries.map((row) => ({ accounts: sidesOf(row), texts: [row.id], row })),
    ...wallets.map((row) => ({ accounts: [row.id], texts: row.holder_id === null ? [] : [row.holder_id], row })),
  ],
}

/** Documents that lead to every operation of Kobble. */
function kobbleFaultDocuments(
  { wallets, entries }: KobbleSandbox,
  idOf: (list: string) => string,
): readonly FaultDocument[] {
  const [walletId, entryId] = [wallets[0]!, entries[0]!].map(({ id }) => JSON.stringify(id))
  const [globalEntryId, globalWalletId] = [idOf('kobbleTransactions'), idOf('kobbleWallets')]
  return [
    {
      name: 'kobbleTransactions',
      text: '{ kobbleTransactions { totalCount nodes { providerId from { status } to { status } } } }',
      home: ['listTransactions'],
      spared: ['listWallets'],
    },
    {
      name: 'kobbleTransactions.summary',
      text: '{ kobbleTransactions { summary { count totals { currency credit debit internal } } } }',
      home: [],
      replaced: ['listWallets'],
    },
    {
      name: 'kobbleTransactions.direction',
      text: '{ kobbleTransactions { nodes { providerId direction } } }',
      home: ['listWallets'],
      replaced: ['listWallets'],
    },
    {
      name: 'kobbleTransaction',
      text: `{ kobbleTransaction(providerId: ${entryId}) { providerId amount ${MONEY} from { status } } }`,
      home: ['getTransaction'],
      absent: {
        getTransaction: [[['kobbleTransaction'], null]],
        getWallet: [[['kobbleTransaction', 'from'], null]],
      },
    },
    {
      name: 'kobbleWallets',
      text: `{ kobbleWallets { totalCount nodes { providerId total ${MONEY} } } }`,
      home: ['listWallets'],
    },
    {
      name: 'kobbleWallet',
      text: `{ kobbleWallet(providerId: ${walletId}) { providerId total ${MONEY} transactions { nodes { providerId } } } }`,
      home: ['getWallet', 'getAccessToken'],
      absent: { getWallet: [[['kobbleWallet'], null]] },
    },
    {
      name: 'nodes of Kobble',
      text: `{ nodes(ids: [${globalEntryId}, ${globalWalletId}]) { id __typename } }`,
      home: [],
      absent: { getTransaction: [[['nodes', 0], null]], getWallet: [[['nodes', 1], null]] },
    },
    {
      name: 'transaction',
      text: `{ transaction(id: ${globalEntryId}) { providerId } }`,
      home: [],
      absent: { getTransaction: [[['transaction'], null]] },
    },
  ]
}
