import { createKobbleSandbox, type KobbleSandbox } from '../../../src/providers/kobble/sandbox/index.ts'
import { createVobizSandbox, type VobizSandbox } from '../../../src/providers/vobiz/sandbox/index.ts'
import type { ResultError } from '../../support/gateway.ts'
import type { FaultyGateway } from './faulty-gateway.ts'
import { sendReply } from './faulty-upstream.ts'
import { type Host, OPERATIONS } from './operations.ts'

/** The lists that a walk goes over: the ledgers of all, or of accounts, or of all customers one by one. */
export type Lists = 'whole' | 'of accounts' | 'in parts'

export interface Walk {
  readonly order: 'NEWEST_FIRST' | 'OLDEST_FIRST'
  readonly direction: 'forward' | 'backward'
}

/** Both orders in both directions. */
export const WALKS: readonly Walk[] = (['NEWEST_FIRST', 'OLDEST_FIRST'] as const).flatMap((order) =>
  (['forward', 'backward'] as const).map((direction) => ({ order, direction })),
)

/** Both providers, with accounts whose entries take turns, several of them at the same instant. */
export interface WalkWorld {
  readonly vobiz: VobizSandbox
  readonly kobble: KobbleSandbox
  /** The customers and wallets that a walk of accounts goes over. */
  readonly customers: readonly string[]
  readonly wallets: readonly string[]
  /** The filter of a walk. */
  filter(lists: Lists): object
  /** The keys that a walk has to return. */
  entries(lists: Lists): readonly WalkedEntry[]
  close(): Promise<void>
}

export interface WalkedEntry {
  /** Provider and id. */
  readonly key: string
  readonly createdAt: string
  /** The accounts whose lists contain it. */
  readonly accounts: readonly string[]
}

const START = Date.UTC(2026, 2, 10)

/** Returns the timestamp of the nth entry of a world: one, two and three entries share one in turn. */
const instantOf = (turn: number) => new Date(START + Math.floor((turn * 3) / 5) * 60_000).toISOString()

/**
 * @param turns how many entries each account has
 * @param wallets how many wallets are walked over
 */
export async function startWalkWorld(turns: number, wallets: 1 | 2): Promise<WalkWorld> {
  const [vobiz, kobble] = await Promise.all([
    createVobizSandbox({ data: 'empty' }),
    createKobbleSandbox({ data: 'empty' }),
  ])
  const customers = [1, 2].map(() => vobiz.addCustomer().auth_id)
  const walked = [1, 2].map(() => kobble.addWallet().id)
  const all = Array.from({ length: turns * 2 }, (_, turn) => turn)
  vobiz.load(all.map((turn) => ({ account_id: customers[turn % 2]!, created_at: instantOf(turn) })))
  const sides = [{ to: walked[0]! }, { to: walked[1]! }, { from: walked[0]!, to: walked[1]! }, { from: walked[1]! }]
  kobble.load(all.map((turn) => ({ ...sides[turn % sides.length], created_at: instantOf(turn + 1) })))
  const chosen = walked.slice(0, wallets)

  const entries = (lists: Lists): WalkedEntry[] => {
    const ofVobiz = vobiz.entries.map(({ id, created_at, account_id }) => ({
      key: `VOBIZ/${id}`,
      createdAt: created_at,
      accounts: [account_id],
    }))
    const ofKobble = kobble.entries.map(({ id, created_at, from, to }) => ({
      key: `KOBBLE/${id}`,
      createdAt: created_at,
      accounts: [from, to].filter((side) => side !== null),
    }))
    const isWalked = ({ accounts }: WalkedEntry) => accounts.some((account) => chosen.includes(account))
    return [...ofVobiz, ...(lists === 'of accounts' ? ofKobble.filter(isWalked) : ofKobble)]
  }
  return {
    vobiz,
    kobble,
    customers,
    wallets: chosen,
    filter: (lists) => (lists === 'of accounts' ? { vobizCustomers: customers, kobbleWallets: chosen } : {}),
    entries,
    async close() {
      await Promise.all([vobiz.close(), kobble.close()])
    },
  }
}

/** A page as a caller gets it. */
export interface Page {
  readonly edges: readonly {
    readonly cursor: string
    readonly node: { readonly provider: string; readonly providerId: string; readonly createdAt: string } | null
  }[]
  readonly sources: readonly { readonly provider: string; readonly error: { readonly code: string } | null }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

const PAGE = `query (
  $first: Int, $after: String, $last: Int, $before: String,
  $order: TransactionOrder!, $filter: TransactionFilter, $policy: FailurePolicy!
) {
  transactions(
    first: $first, after: $after, last: $last, before: $before, order: $order, filter: $filter, onProviderFailure: $policy
  ) {
    edges { cursor node { provider providerId createdAt } }
    sources { provider error { code } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`

/** A page, seen in the direction of the walk. */
export interface WalkedPage {
  /** Null where the field failed. */
  readonly page: Page | null
  readonly errors: readonly ResultError[]
  readonly keys: readonly string[]
  /** Behind each of the entries. */
  readonly cursors: readonly string[]
  readonly hasMore: boolean
  readonly cursor: string | null
}

export interface PageRequest extends Walk {
  readonly lists: Lists
  readonly policy: 'FAIL' | 'PARTIAL'
  readonly size: number
  readonly cursor: string | null
}

/** The variables that ask for one page of a walk. */
export function pageVariables(
  world: WalkWorld,
  { order, direction, lists, policy, size, cursor }: PageRequest,
): object {
  const args = direction === 'forward' ? { first: size, after: cursor } : { last: size, before: cursor }
  return { ...args, order, policy, filter: world.filter(lists) }
}

/** Reads one page of a walk. */
export async function readPage(at: FaultyGateway, world: WalkWorld, request: PageRequest): Promise<WalkedPage> {
  const { data, errors } = await at.ask<{ transactions: Page }>(PAGE, pageVariables(world, request))
  const page = data?.transactions ?? null
  const isForward = request.direction === 'forward'
  const edges = isForward ? (page?.edges ?? []) : [...(page?.edges ?? [])].reverse()
  const info = page?.pageInfo
  return {
    page,
    errors,
    keys: edges.map(({ node }) => `${node?.provider}/${node?.providerId}`),
    cursors: edges.map(({ cursor }) => cursor),
    hasMore: (isForward ? info?.hasNextPage : info?.hasPreviousPage) ?? true,
    cursor: (isForward ? info?.endCursor : info?.startCursor) ?? null,
  }
}

/** Walks on from a cursor to the end, while all goes well. */
export async function walkOn(at: FaultyGateway, world: WalkWorld, request: PageRequest): Promise<readonly string[]> {
  const keys: string[] = []
  for (let { cursor } = request, pages = 0; ; pages++) {
    if (pages > 1000) throw new Error('The walk does not end.')
    const page = await readPage(at, world, { ...request, cursor })
    if (page.errors.length > 0) throw new Error(`The walk fails: ${JSON.stringify(page.errors)}`)
    keys.push(...page.keys)
    if (!page.hasMore) return keys
    cursor = page.cursor
  }
}

const operation = (host: Host, name: string) => OPERATIONS.find((one) => one.host === host && one.name === name)!

const GLOBAL = operation('vobiz', 'listTransactions')
const ACCOUNTS = operation('vobiz', 'listAccounts')

const refuse = (status: number) => ({
  spoil: (response: Parameters<typeof sendReply>[0]) => sendReply(response, { status, headers: {}, body: '' }),
})

/** The parts that can fail alone: a provider's lists, one of its lists, or the list of its customers. */
export type Failing = 'Vobiz' | 'Kobble' | 'a customer' | 'a wallet' | 'the list of customers'

/** Lets what is named fail with 409, which is no fault that a provider is spared for. */
export function fail(at: FaultyGateway, world: WalkWorld, failing: readonly Failing[]): void {
  for (const one of failing) {
    switch (one) {
      case 'Vobiz':
        at.upstreams.vobiz.add({ hits: ({ path }) => path.endsWith('/transactions'), ...refuse(409) })
        break
      case 'Kobble':
        at.upstreams.kobble.add({ hits: () => true, ...refuse(409) })
        break
      case 'a customer':
        at.upstreams.vobiz.add({
          hits: ({ path }) => path === `/accounts/${world.customers[0]}/transactions`,
          ...refuse(409),
        })
        break
      case 'a wallet':
        at.upstreams.kobble.add({ hits: ({ query }) => query.get('wallet') === world.wallets[0], ...refuse(409) })
        break
      case 'the list of customers':
        at.upstreams.vobiz.add({ hits: ACCOUNTS.isRequest, ...refuse(409) })
    }
  }
}

/** Sees to it that the lists are as the walk wants them; again after everything was mended. */
export function prepare(at: FaultyGateway, lists: Lists): void {
  if (lists === 'in parts') at.upstreams.vobiz.add({ hits: GLOBAL.isRequest, ...refuse(403) })
}
