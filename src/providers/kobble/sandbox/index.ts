import { createRandom } from '../../../sandbox/random.ts'
import { exactNumber, type Sandbox, startUpstream, type UpstreamServer } from '../../../sandbox/server.ts'
import { createTimeline } from '../../../sandbox/timeline.ts'
import { createEndpoints, NO_TALLY } from './endpoints.ts'
import { entryFrom, type KobbleSandboxEntry } from './entry.ts'
import { CLIENT, createTokenIssuer } from './tokens.ts'
import type { KobbleSandboxTraits } from './traits.ts'
import { type KobbleSandboxWallet, walletFrom } from './wallet.ts'
import { CARDS, cardPurchase, topUp, YEAR_WALLETS, yearOfEntries } from './year.ts'

export type { KobbleSandboxEntry } from './entry.ts'
export type { KobbleSandboxTraits } from './traits.ts'
export type { KobbleSandboxWallet } from './wallet.ts'

const DEFAULT_MAX_LIMIT = 100

export interface KobbleSandboxOptions {
  /** `year` (default): made-up transactions of 2025-11-01 to 2026-10-31. `empty`: neither wallets nor transactions. */
  data?: 'year' | 'empty'
  traits?: Partial<KobbleSandboxTraits>
}

/** A Kobble API and its token host, with a ledger of their own. */
export interface KobbleSandbox extends Sandbox {
  readonly api: UpstreamServer
  /** `POST /oauth2/token`. */
  readonly tokens: UpstreamServer
  /** In the order in which they are listed. */
  readonly wallets: readonly KobbleSandboxWallet[]
  /** Newest first; a new array after each change. */
  readonly entries: readonly KobbleSandboxEntry[]
  readonly traits: KobbleSandboxTraits
  /**
   * Adds a transaction where its `created_at` belongs, on the newer side of those of the same instant. What is left out
   * is made up: an accepted manual credit of the first wallet (which is added when there is none), a second after the
   * newest transaction. With `from`, it is a manual debit; with both sides, a transfer between wallets.
   */
  add(entry?: Partial<KobbleSandboxEntry>): KobbleSandboxEntry
  /**
   * Adds many transactions at once. Where `created_at` is left out, it is a second after the one before in `entries`.
   */
  load(entries: Iterable<Partial<KobbleSandboxEntry>>): void
  /** Throws when there is no such transaction. */
  remove(id: string): void
  /** Throws when there is no such transaction. */
  update(id: string, change: Partial<Omit<KobbleSandboxEntry, 'id'>>): KobbleSandboxEntry
  addWallet(wallet?: Partial<KobbleSandboxWallet>): KobbleSandboxWallet
  /** Revokes all tokens issued so far. */
  revokeTokens(): void
}

/** Starts a Kobble API and its token host on two local ports. They refuse what is not documented. */
export async function createKobbleSandbox(options: KobbleSandboxOptions = {}): Promise<KobbleSandbox> {
  const traits: KobbleSandboxTraits = {
    maxLimit: DEFAULT_MAX_LIMIT,
    headers: { total: true, offset: true, limit: true },
    totalIgnoresFilters: false,
    tokenLifeSeconds: 3600,
    ...options.traits,
  }
  const ledger = createTimeline<KobbleSandboxEntry, typeof NO_TALLY>(() => NO_TALLY)
  const wallets: KobbleSandboxWallet[] = []
  const random = createRandom(0x60bb1e)
  const growth = createRandom(0x640a)
  const tokens = createTokenIssuer(traits)

  function addWallet(wallet: Partial<KobbleSandboxWallet> = {}): KobbleSandboxWallet {
    const added = walletFrom(wallet, wallets.length + 1, random)
    wallets.push(added)
    return added
  }

  function complete(entry: Partial<KobbleSandboxEntry>, before: KobbleSandboxEntry | null): KobbleSandboxEntry {
    const sides = entry.from === undefined && entry.to === undefined ? { to: (wallets[0] ?? addWallet()).id } : {}
    const after = before ? Date.parse(before.created_at) : Date.UTC(2026, 0, 1)
    let id = random.uuid()
    while (ledger.get(id)) id = random.uuid()
    const whole = entryFrom({ id, created_at: new Date(after + 1000).toISOString(), ...sides, ...entry })
    // An amount that is no JSON number fails here, so that no later answer does.
    exactNumber(whole.amount)
    return whole
  }

  function add(entry: Partial<KobbleSandboxEntry> = {}): KobbleSandboxEntry {
    const added = complete(entry, ledger.newest())
    ledger.add(added)
    return added
  }

  function load(entries: Iterable<Partial<KobbleSandboxEntry>>): void {
    const loaded: KobbleSandboxEntry[] = []
    for (const entry of entries) loaded.push(complete(entry, loaded.at(-1) ?? ledger.newest()))
    ledger.load(loaded)
  }

  const handle = createEndpoints({ ledger, wallets, tokens, traits })

  if (options.data !== 'empty') {
    for (const wallet of YEAR_WALLETS) addWallet(wallet)
    ledger.load(yearOfEntries(wallets))
  }
  const [api, tokenHost] = await Promise.all([startUpstream({ handle }), startUpstream({ handle: tokens.answer })])

  return {
    api,
    tokens: tokenHost,
    wallets,
    traits,
    get entries() {
      return ledger.newestFirst()
    },
    environment: {
      KOBBLE_BASE_URL: api.url,
      KOBBLE_TOKEN_URL: `${tokenHost.url}/oauth2/token`,
      KOBBLE_CLIENT_ID: CLIENT.id,
      KOBBLE_CLIENT_SECRET: CLIENT.secret,
    },
    add,
    load,
    servers: [api, tokenHost],
    entryIds: () => ledger.newestFirst().map(({ id }) => id),
    addEntry: (created_at) => add({ created_at }).id,
    remove: (id) => ledger.remove(id),
    update(id, change) {
      if (change.amount !== undefined) exactNumber(change.amount)
      return ledger.update(id, change)
    },
    addWallet,
    revokeTokens: tokens.revoke,
    grow(now) {
      const active = wallets.filter(({ status }) => status === 'ACTIVE')
      const wallet = active.length > 0 ? growth.pick(active) : addWallet()
      const made = growth.chance(0.8)
        ? { ...cardPurchase(growth, CARDS[wallets.indexOf(wallet)]), type: 'RESERVATION', from: wallet.id }
        : { ...topUp(growth), to: wallet.id }
      add({ ...made, created_at: new Date(now).toISOString() })
    },
    async close() {
      await Promise.all([api.close(), tokenHost.close()])
    },
  }
}
