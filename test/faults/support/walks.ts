import { PROVIDERS } from '../../../src/gateway.ts'
import { createKobbleSandbox } from '../../../src/providers/kobble/sandbox/index.ts'
import { createVobizSandbox } from '../../../src/providers/vobiz/sandbox/index.ts'
import type { Sandbox } from '../../../src/sandbox/server.ts'
import type { ResultError } from '../../support/gateway.ts'
import type { FaultyGateway } from './faulty-gateway.ts'
import { type Rule, sendReply } from './faulty-upstream.ts'

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

/**
 * The sandboxes of all registered providers: accounts of Vobiz and Kobble whose entries take turns, several of them at the
 * same instant, and as many entries of every other provider.
 */
export interface WalkWorld {
  readonly sandboxes: ReadonlyMap<string, Sandbox>
  /** The customers and wallets that a walk of accounts goes over. */
  readonly customers: readonly string[]
  readonly wallets: readonly string[]
  /** The filter of a walk. */
  filter(lists: Lists): object
  /** The providers whose entries are in the lists. */
  providers(lists: Lists): readonly string[]
  /** The keys that a walk has to return. */
  entries(lists: Lists): readonly WalkedEntry[]
  /** Adds an entry to one of the providers in turn. */
  grow(turn: number, createdAt: string): void
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
  const others = PROVIDERS.filter(({ name }) => name !== 'VOBIZ' && name !== 'KOBBLE')
  const sandboxes = new Map<string, Sandbox>([
    ['VOBIZ', vobiz],
    ['KOBBLE', kobble],
    ...(await Promise.all(
      others.map(async (provider) => [provider.name, await provider.startSandbox({ data: 'empty' })] as const),
    )),
  ])
  /** By key: the timestamps of the entries of all other providers. */
  const added = new Map<string, string>()
  const customers = [1, 2].map(() => vobiz.addCustomer().auth_id)
  // An entry between two wallets comes with the list of the wallet whose id sorts first.
  const walked = [1, 2].map(() => kobble.addWallet().id).sort()
  const all = Array.from({ length: turns * 2 }, (_, turn) => turn)
  vobiz.load(all.map((turn) => ({ account_id: customers[turn % 2]!, created_at: instantOf(turn) })))
  const sides = [{ to: walked[0]! }, { to: walked[1]! }, { from: walked[0]!, to: walked[1]! }, { from: walked[1]! }]
  kobble.load(all.map((turn) => ({ ...sides[turn % sides.length], created_at: instantOf(turn + 1) })))
  const chosen = walked.slice(0, wallets)
  const addOther = (provider: string, createdAt: string) => {
    added.set(`${provider}/${sandboxes.get(provider)!.addEntry(createdAt)}`, createdAt)
  }
  for (const { name } of others) for (const turn of all) addOther(name, instantOf(turn))

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
    if (lists === 'of accounts') return [...ofVobiz, ...ofKobble.filter(isWalked)]
    const ofOthers = [...added].map(([key, createdAt]) => ({ key, createdAt, accounts: [] }))
    return [...ofVobiz, ...ofKobble, ...ofOthers]
  }
  return {
    sandboxes,
    customers,
    wallets: chosen,
    filter: (lists) => (lists === 'of accounts' ? { vobizCustomers: customers, kobbleWallets: chosen } : {}),
    providers: (lists) => (lists === 'of accounts' ? ['KOBBLE', 'VOBIZ'] : PROVIDERS.map(({ name }) => name)),
    entries,
    grow(turn, createdAt) {
      const index = Math.floor(turn / PROVIDERS.length)
      const kinds = [
        () => kobble.add({ to: chosen[0]!, created_at: createdAt }),
        () => vobiz.add({ account_id: customers[index % 2]!, created_at: createdAt }),
        ...others.map(
          ({ name }) =>
            () =>
              addOther(name, createdAt),
        ),
      ]
      kinds[turn % kinds.length]!()
    },
    async close() {
      await Promise.all([...sandboxes.values()].map((sandbox) => sandbox.close()))
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

const refuse = (status: number) => ({
  spoil: (response: Parameters<typeof sendReply>[0]) => sendReply(response, { status, headers: {}, body: '' }),
})

/** A part that can fail alone: a provider's lists, by its name, one of its lists, or the list of its customers. */
export type Failing = string

/** Returns the provider of a failing part. */
export function providerOf(failing: Failing): string {
  if (failing === 'a wallet') return 'KOBBLE'
  return failing === 'a customer' || failing === 'the list of customers' ? 'VOBIZ' : failing
}

/** Returns the requests that fail with a part. */
function requestsOf({ customers, wallets }: WalkWorld, failing: Failing): Rule['hits'] {
  switch (failing) {
    case 'VOBIZ':
      return ({ path }) => path.endsWith('/transactions')
    case 'a customer':
      return ({ path }) => path === `/accounts/${customers[0]}/transactions`
    case 'a wallet':
      return ({ query }) => query.get('wallet') === wallets[0]
    case 'the list of customers':
      return ({ path }) => path === '/accounts'
    default:
      return () => true
  }
}

/** Lets the named parts fail with 409, which does not open a circuit. */
export function fail(at: FaultyGateway, world: WalkWorld, failing: readonly Failing[]): void {
  for (const one of failing) {
    at.upstreams.get(providerOf(one))![0]!.add({ hits: requestsOf(world, one), ...refuse(409) })
  }
}

/** Makes the lists as the walk wants them; again after everything was mended. */
export function prepare(at: FaultyGateway, lists: Lists): void {
  const [vobiz] = at.upstreams.get('VOBIZ')!
  if (lists === 'in parts') vobiz!.add({ hits: ({ path }) => path === '/transactions', ...refuse(403) })
}
