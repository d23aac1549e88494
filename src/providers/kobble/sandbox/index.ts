import { LedgerSandbox } from '../../../sandbox/ledger-sandbox.ts'
import { createRandom } from '../../../sandbox/random.ts'
import { exactNumber, startUpstream, type UpstreamServer } from '../../../sandbox/server.ts'
import { createTimeline, type Timeline } from '../../../sandbox/timeline.ts'
import { createEndpoints, NO_TALLY } from './endpoints.ts'
import { entryFrom, type KobbleSandboxEntry } from './entry.ts'
import { CLIENT, createTokenIssuer } from './tokens.ts'
import type { KobbleSandboxTraits } from './traits.ts'
import { type KobbleSandboxWallet, walletFrom } from './wallet.ts'
import { CARDS, cardPurchase, historyOfEntries, topUp, YEAR_WALLETS } from './year.ts'

export type { KobbleSandboxEntry } from './entry.ts'
export type { KobbleSandboxTraits } from './traits.ts'
export type { KobbleSandboxWallet } from './wallet.ts'

const DEFAULT_MAX_LIMIT = 100

export interface KobbleSandboxOptions {
  /** `year` (default): made-up transactions of 2025-11-01 to 2026-10-31. `empty`: neither wallets nor transactions. */
  data?: 'year' | 'empty'
  /** Epoch milliseconds up to which `year` goes on with the days behind it; without it, it ends with the year. */
  until?: number
  traits?: Partial<KobbleSandboxTraits>
}

interface KobbleSandboxState {
  readonly api: UpstreamServer
  readonly tokens: UpstreamServer
  readonly ledger: Timeline<KobbleSandboxEntry, typeof NO_TALLY>
  readonly wallets: KobbleSandboxWallet[]
  readonly traits: KobbleSandboxTraits
  readonly revokeTokens: () => void
}

/** A Kobble API and its token host, with a ledger of their own. */
export class KobbleSandbox extends LedgerSandbox<KobbleSandboxEntry, typeof NO_TALLY> {
  readonly environment: Record<string, string>
  readonly api: UpstreamServer
  /** `POST /oauth2/token`. */
  readonly tokens: UpstreamServer
  readonly traits: KobbleSandboxTraits
  /** Revokes all tokens issued so far. */
  readonly revokeTokens: () => void
  readonly #wallets: KobbleSandboxWallet[]
  readonly #growth = createRandom(0x640a)

  constructor({ api, tokens, ledger, wallets, traits, revokeTokens }: KobbleSandboxState) {
    super({ ledger, servers: [api, tokens], random: createRandom(0x60bb1e) })
    this.api = api
    this.tokens = tokens
    this.traits = traits
    this.revokeTokens = revokeTokens
    this.#wallets = wallets
    this.environment = {
      KOBBLE_BASE_URL: api.url,
      KOBBLE_TOKEN_URL: `${tokens.url}/oauth2/token`,
      KOBBLE_CLIENT_ID: CLIENT.id,
      KOBBLE_CLIENT_SECRET: CLIENT.secret,
    }
  }

  /** In the order in which they are listed. */
  get wallets(): readonly KobbleSandboxWallet[] {
    return this.#wallets
  }

  addWallet(wallet: Partial<KobbleSandboxWallet> = {}): KobbleSandboxWallet {
    const added = walletFrom(wallet, this.#wallets.length + 1, this.random)
    this.#wallets.push(added)
    return added
  }

  /** Adds the wallets and the transactions of the made-up year, and of the days behind it up to a moment. */
  loadHistory(until: number): void {
    for (const wallet of YEAR_WALLETS) this.addWallet(wallet)
    const wallets = [...this.#wallets]
    this.loadLater(() => historyOfEntries(wallets, until))
  }

  grow(now: number): void {
    const growth = this.#growth
    const active = this.#wallets.filter(({ status }) => status === 'ACTIVE')
    const wallet = active.length > 0 ? growth.pick(active) : this.addWallet()
    const made = growth.chance(0.8)
      ? { ...cardPurchase(growth, CARDS[this.#wallets.indexOf(wallet)]), type: 'RESERVATION', from: wallet.id }
      : { ...topUp(growth), to: wallet.id }
    this.add({ ...made, created_at: new Date(now).toISOString() })
  }

  /**
   * Makes up an accepted manual credit of the first wallet, which is added when there is none. With `from`, it is a manual
   * debit; with both sides, a transfer between wallets.
   */
  protected complete(given: Partial<KobbleSandboxEntry>, createdAt: number): KobbleSandboxEntry {
    const hasNoSide = given.from === undefined && given.to === undefined
    const sides = hasNoSide ? { to: (this.#wallets[0] ?? this.addWallet()).id } : {}
    const created_at = new Date(createdAt).toISOString()
    const entry = entryFrom({ id: this.newId(), created_at, ...sides, ...given })
    this.checkChange(entry)
    return entry
  }

  /** @throws {SyntaxError} when the amount is not a JSON number, so that no later answer fails */
  protected checkChange({ amount }: Partial<KobbleSandboxEntry>): void {
    if (amount !== undefined) exactNumber(amount)
  }
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
  const issuer = createTokenIssuer(traits)
  const answer = createEndpoints({ ledger, wallets, tokens: issuer, traits })
  let sandbox: KobbleSandbox | null = null
  const [api, tokens] = await Promise.all([
    startUpstream({
      handle(request) {
        sandbox?.loadPending()
        return answer(request)
      },
    }),
    startUpstream({ handle: issuer.answer }),
  ])
  sandbox = new KobbleSandbox({ api, tokens, ledger, wallets, traits, revokeTokens: issuer.revoke })
  if (options.data !== 'empty') sandbox.loadHistory(options.until ?? 0)
  return sandbox
}
