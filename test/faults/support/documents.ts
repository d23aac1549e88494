import { createKobbleSandbox, type KobbleSandbox } from '../../../src/providers/kobble/sandbox/index.ts'
import { createVobizSandbox, type VobizSandbox } from '../../../src/providers/vobiz/sandbox/index.ts'
import { startFaultyGateway } from './faulty-gateway.ts'

/** A path in an answer; `*` matches every item of a list. */
export type Path = readonly (string | number)[]

/** A replacement for the value at a path of an answer. */
export type Edit = readonly [path: Path, value: unknown]

/** A document, and what its answer has to be where a provider has less to say than usual. */
export interface FaultDocument {
  readonly name: string
  readonly text: string
  /** True when it leaves out the entries of a failing provider, false when it fails. */
  readonly isPartial?: true
  /** True for `transactions`, whose failure is one error. */
  readonly isUnified?: true
  /** The operations that it meets all faults with; others it meets with the typical ones. */
  readonly home: readonly string[]
  /** By operation: how the answer differs where there is no such thing. */
  readonly absent?: Readonly<Record<string, readonly Edit[]>>
  /** The differences in the answer when the ledger over all customers is not offered. */
  readonly refused?: readonly Edit[]
  /** Operations that only save requests: other operations replace them when they fail. */
  readonly spared?: readonly string[]
  /** Operations whose answer all of it depends on, also where that says that there is no such thing. */
  readonly needed?: readonly string[]
  /** Asked where the partner is not offered the ledger over all customers. */
  readonly isInParts?: true
}

/** Both providers, with a few entries. */
export interface FaultWorld {
  readonly vobiz: VobizSandbox
  readonly kobble: KobbleSandbox
  close(): Promise<void>
}

const DAY = '2026-03-10'
const at = (hour: number) => `${DAY}T${String(hour).padStart(2, '0')}:00:00.000Z`

/** Three customers and three wallets, and entries that take turns; each hour has one. */
export async function startFaultWorld(): Promise<FaultWorld> {
  const [vobiz, kobble] = await Promise.all([
    createVobizSandbox({ data: 'empty' }),
    createKobbleSandbox({ data: 'empty' }),
  ])
  const customers = [1, 2, 3].map(() => vobiz.addCustomer().auth_id)
  const wallets = [1, 2, 3].map(() => kobble.addWallet().id)
  const turns = [0, 1, 2, 3, 4, 5]
  vobiz.load(turns.map((turn) => ({ account_id: customers[turn % 3]!, created_at: at(2 * turn), amount: '2.5' })))
  kobble.load(
    turns.map((turn) => ({
      from: wallets[turn % 3]!,
      to: wallets[(turn + 1) % 3]!,
      created_at: at(2 * turn + 1),
      amount: '12.5',
    })),
  )
  return {
    vobiz,
    kobble,
    async close() {
      await Promise.all([vobiz.close(), kobble.close()])
    },
  }
}

/** The global ids of the newest entries, and of a customer and a wallet. */
async function idsOf(world: FaultWorld) {
  const at = await startFaultyGateway(world)
  const { data } = await at.ask<Readonly<Record<string, { readonly nodes: readonly { readonly id: string }[] }>>>(`{
    vobizEntry: vobizTransactions(first: 1) { nodes { id } }
    kobbleEntry: kobbleTransactions(first: 1) { nodes { id } }
    customer: vobizCustomers(first: 1) { nodes { id } }
    wallet: kobbleWallets(first: 1) { nodes { id } }
  }`)
  await at.close()
  const [vobizEntry, kobbleEntry, customer, wallet] = Object.values(data!).map(({ nodes }) =>
    JSON.stringify(nodes[0]!.id),
  )
  return { vobizEntry, kobbleEntry, customer, wallet }
}

/** Documents that lead to every operation, by every root field. */
export async function documentsFor(world: FaultWorld): Promise<readonly FaultDocument[]> {
  const { vobiz, kobble } = world
  const [customer, otherCustomer] = vobiz.customers.map(({ auth_id }) => JSON.stringify(auth_id))
  const [wallet] = kobble.wallets.map(({ id }) => JSON.stringify(id))
  const kobbleEntry = JSON.stringify(kobble.entries[0]!.id)
  const ids = await idsOf(world)
  const period = `period: { from: "${DAY}", to: "${DAY}" }`
  const money = '{ amount currency }'

  const unified = (
    name: string,
    args: string,
    rest: Pick<FaultDocument, 'home' | 'isInParts' | 'needed'>,
  ): FaultDocument[] =>
    (['FAIL', 'PARTIAL'] as const).map((policy) => ({
      name: `${name} ${policy}`,
      isUnified: true,
      ...(policy === 'PARTIAL' && { isPartial: true }),
      text: `{ transactions(first: 50${args}, onProviderFailure: ${policy}) {
        totalCount
        nodes { provider providerId createdAt amount ${money} }
        sources { provider totalCount error { code message } }
        pageInfo { hasNextPage hasPreviousPage }
      } }`,
      ...rest,
    }))

  const nothing: readonly Edit[] = [
    [['totalCount'], 0],
    [['nodes'], []],
  ]
  const below = (path: Path, edits: readonly Edit[]): Edit[] =>
    edits.map(([rest, value]) => [[...path, ...rest], value])
  const reconciliation =
    '{ balanced global { count } partner { count } customers { count } discrepancies { accountId } }'
  const noGlobalLedger: readonly Edit[] = [
    [['balanced'], null],
    [['global'], null],
    [['partner'], null],
  ]
  const noMoney = { amount: '0', currency: 'INR' }

  return [
    ...unified('transactions', '', { home: ['listTransactions', 'getAccessToken'] }),
    ...unified(
      'transactions of accounts',
      `, filter: { vobizCustomers: [${customer}, ${otherCustomer}], kobbleWallets: [${wallet}] }`,
      { home: ['listCustomerTransactions'] },
    ),
    ...unified('transactions in parts', '', { home: ['listAccounts'], isInParts: true, needed: ['listAccounts'] }),
    {
      name: 'vobizTransactions',
      text: `{ vobizTransactions { totalCount nodes { providerId customer { name balance ${money} } } } }`,
      home: ['listTransactions'],
      spared: ['listAccounts'],
      absent: { getBalance: [[['vobizTransactions', 'nodes', '*', 'customer', 'balance'], null]] },
    },
    {
      name: 'vobizTransactions.summary',
      text: '{ vobizTransactions { summary { count totals { currency credit debit net } } } }',
      home: [],
    },
    {
      name: 'vobizCustomers',
      text: `{ vobizCustomers { totalCount nodes { authId name balance ${money} transactions { totalCount nodes { providerId } } } } }`,
      home: ['listAccounts'],
      absent: {
        getBalance: [[['vobizCustomers', 'nodes', '*', 'balance'], null]],
        listCustomerTransactions: below(['vobizCustomers', 'nodes', '*', 'transactions'], nothing),
      },
    },
    {
      name: 'vobizCustomer',
      text: `{ vobizCustomer(authId: ${customer}) {
        name
        balance ${money}
        transactions { totalCount nodes { providerId } }
      } }`,
      home: ['getAccount', 'getBalance', 'listCustomerTransactions'],
      absent: {
        getAccount: [[['vobizCustomer'], null]],
        getBalance: [[['vobizCustomer', 'balance'], null]],
        listCustomerTransactions: below(['vobizCustomer', 'transactions'], nothing),
      },
    },
    {
      name: 'vobizCustomer.statement',
      text: `{ vobizCustomer(authId: ${customer}) { name statement(${period}) { usage ${money} recharges ${money} covered } } }`,
      home: [],
      absent: {
        getAccount: [[['vobizCustomer'], null]],
        listCustomerTransactions: below(
          ['vobizCustomer', 'statement'],
          [
            [['usage'], noMoney],
            [['recharges'], noMoney],
            [['covered'], true],
          ],
        ),
      },
    },
    {
      name: 'vobizReconciliation',
      text: `{ vobizReconciliation(${period}) ${reconciliation} }`,
      home: [],
      needed: ['listAccounts', 'listCustomerTransactions'],
      refused: below(['vobizReconciliation'], noGlobalLedger),
    },
    {
      name: 'subscription',
      text: `subscription { vobizReconciliation(${period}) { customersTotal result ${reconciliation} } }`,
      home: [],
      needed: ['listAccounts', 'listCustomerTransactions'],
      refused: below(['vobizReconciliation', 'result'], noGlobalLedger),
    },
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
    },
    {
      name: 'kobbleTransaction',
      text: `{ kobbleTransaction(providerId: ${kobbleEntry}) { providerId amount ${money} from { status } } }`,
      home: ['getTransaction'],
      absent: {
        getTransaction: [[['kobbleTransaction'], null]],
        getWallet: [[['kobbleTransaction', 'from'], null]],
      },
    },
    {
      name: 'kobbleWallets',
      text: `{ kobbleWallets { totalCount nodes { providerId total ${money} } } }`,
      home: ['listWallets'],
    },
    {
      name: 'kobbleWallet',
      text: `{ kobbleWallet(providerId: ${wallet}) { providerId total ${money} transactions { nodes { providerId } } } }`,
      home: ['getWallet', 'getAccessToken'],
      absent: { getWallet: [[['kobbleWallet'], null]] },
    },
    {
      name: 'node',
      text: `{ node(id: ${ids.vobizEntry}) { ... on VobizTransaction { providerId } } }`,
      home: [],
      absent: { listCustomerTransactions: [[['node'], null]] },
    },
    {
      name: 'nodes',
      text: `{ nodes(ids: [${Object.values(ids).join()}]) { id __typename } }`,
      home: [],
      absent: {
        listCustomerTransactions: [[['nodes', 0], null]],
        getTransaction: [[['nodes', 1], null]],
        getAccount: [[['nodes', 2], null]],
        getWallet: [[['nodes', 3], null]],
      },
    },
    {
      name: 'transaction',
      text: `{ transaction(id: ${ids.kobbleEntry}) { providerId } }`,
      home: [],
      absent: { getTransaction: [[['transaction'], null]] },
    },
  ]
}

/** A copy of an answer's data with other values at some places, as far as those are there. */
export function edited(data: unknown, edits: readonly Edit[]): unknown {
  return edits.reduce((result, [path, value]) => editedAt(result, path, value), data)
}

function editedAt(data: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value
  if (data === null || typeof data !== 'object') return data
  if (Array.isArray(data)) {
    return data.map((item, index) => (key === '*' || key === index ? editedAt(item, rest, value) : item))
  }
  const record = data as Readonly<Record<string, unknown>>
  return key in record ? { ...record, [key]: editedAt(record[key], rest, value) } : data
}

/** The value at a place; undefined where the place is below something that is null. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | null | undefined)?.[key],
    data,
  )
}
