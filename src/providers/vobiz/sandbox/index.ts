import { LedgerSandbox } from '../../../sandbox/ledger-sandbox.ts'
import { createRandom } from '../../../sandbox/random.ts'
import { startUpstream, type UpstreamServer } from '../../../sandbox/server.ts'
import { createTimeline, type Timeline } from '../../../sandbox/timeline.ts'
import { accountFrom, type VobizSandboxAccount } from './account.ts'
import { checkAmount } from './amount.ts'
import { createEndpoints } from './endpoints.ts'
import { entryFrom, instantText, type VobizSandboxEntry } from './entry.ts'
import { CURRENCY, PARTNER } from './partner.ts'
import { createSummary, type Summary } from './summary.ts'
import type { VobizSandboxTraits } from './traits.ts'
import { callDebit, historyOfEntries, recharge, refund, YEAR_CUSTOMERS } from './year.ts'

export type { VobizSandboxAccount } from './account.ts'
export type { VobizSandboxEntry } from './entry.ts'
export type { VobizSandboxTraits } from './traits.ts'

export interface VobizSandboxOptions {
  /**
   * `year` (default): made-up entries of 2025-11-01 to 2026-10-31. In each month but August 2026, the global ledger holds
   * what the customers' own hold; there, one usage debit is missing. `empty`: neither customers nor entries.
   */
  data?: 'year' | 'empty'
  /** Epoch milliseconds up to which `year` goes on with the days behind it; without it, it ends with the year. */
  until?: number
  traits?: Partial<VobizSandboxTraits>
}

const BASE_PATH = '/api/v1/partner'

interface VobizSandboxState {
  readonly server: UpstreamServer
  readonly ledger: Timeline<VobizSandboxEntry, Summary>
  readonly customers: VobizSandboxAccount[]
  readonly traits: VobizSandboxTraits
}

/** A Vobiz partner API with ledgers of its own. Lists are always newest first. */
export class VobizSandbox extends LedgerSandbox<VobizSandboxEntry, Summary> {
  readonly environment: Record<string, string>
  readonly server: UpstreamServer
  readonly traits: VobizSandboxTraits
  readonly #customers: VobizSandboxAccount[]
  readonly #growth = createRandom(0x6409)

  constructor({ server, ledger, customers, traits }: VobizSandboxState) {
    super({ ledger, servers: [server], random: createRandom(0x70b12) })
    this.server = server
    this.traits = traits
    this.#customers = customers
    this.environment = {
      VOBIZ_BASE_URL: server.url,
      VOBIZ_AUTH_ID: PARTNER.authId,
      VOBIZ_AUTH_TOKEN: PARTNER.token,
      VOBIZ_CURRENCY: CURRENCY,
    }
  }

  /** In the order in which `GET /accounts` lists them. */
  get customers(): readonly VobizSandboxAccount[] {
    return this.#customers
  }

  /** The entries of the global ledger, those of the partner's own account among them, newest first. */
  get globalEntries(): readonly VobizSandboxEntry[] {
    return this.entries.filter((entry) => entry.ledger !== 'own')
  }

  addCustomer(customer: Partial<VobizSandboxAccount> = {}): VobizSandboxAccount {
    const added = accountFrom(customer, this.#customers.length + 1, this.random)
    this.#customers.push(added)
    // Here and below: the search of the global ledger looks at the customers' names.
    this.ledger.dropViews()
    return added
  }

  /** @throws {RangeError} when there is no such customer */
  updateCustomer(authId: string, change: Partial<Omit<VobizSandboxAccount, 'auth_id'>>): VobizSandboxAccount {
    const index = this.#customers.findIndex(({ auth_id }) => auth_id === authId)
    if (index < 0) throw new RangeError(`There is no customer ${authId}.`)
    const changed = { ...this.#customers[index]!, ...change }
    this.#customers[index] = changed
    this.ledger.dropViews()
    return changed
  }

  /** Adds the customers and the entries of the made-up year, and of the days behind it up to a moment. */
  loadHistory(until: number): void {
    for (const { account } of YEAR_CUSTOMERS) this.addCustomer(account)
    const accounts = [...this.#customers]
    this.loadLater(() => historyOfEntries(accounts, until))
  }

  grow(now: number): void {
    const growth = this.#growth
    const active = this.#customers.filter(({ is_active }) => is_active)
    const customer = active.length > 0 ? growth.pick(active) : this.addCustomer()
    const made = growth.chance(0.85) ? callDebit(growth) : growth.chance(0.8) ? recharge(growth) : refund(growth, now)
    this.add({ ...made, account_id: customer.auth_id, created_at: instantText(now, growth.integer(0, 999)) })
  }

  /** Makes up a completed usage debit of the first customer, who is added when there is none. */
  protected complete(given: Partial<VobizSandboxEntry>, createdAt: number): VobizSandboxEntry {
    const account_id = given.account_id ?? (this.#customers[0] ?? this.addCustomer()).auth_id
    const entry = entryFrom({ id: this.newId(), account_id, created_at: instantText(createdAt), ...given })
    checkAmount(entry.amount)
    return entry
  }

  protected checkChange({ amount }: Partial<VobizSandboxEntry>): void {
    if (amount !== undefined) checkAmount(amount)
  }
}

/** Starts a Vobiz partner API on a local port. It speaks the documented HTTP, and refuses what is not documented. */
export async function createVobizSandbox(options: VobizSandboxOptions = {}): Promise<VobizSandbox> {
  const traits: VobizSandboxTraits = {
    globalLedger: 'offered',
    perPage: {},
    summary: 'exact',
    dayOffsetMinutes: 0,
    ...options.traits,
  }
  const ledger = createTimeline<VobizSandboxEntry, Summary>(createSummary)
  const customers: VobizSandboxAccount[] = []
  const answer = createEndpoints({ ledger, customers, traits })
  let sandbox: VobizSandbox | null = null
  const server = await startUpstream({
    basePath: BASE_PATH,
    handle(request) {
      sandbox?.loadPending()
      return answer(request)
    },
  })
  sandbox = new VobizSandbox({ server, ledger, customers, traits })
  if (options.data !== 'empty') sandbox.loadHistory(options.until ?? 0)
  return sandbox
}
