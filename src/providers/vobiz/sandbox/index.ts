import { createRandom } from '../../../sandbox/random.ts'
import { type Sandbox, startUpstream, type UpstreamServer } from '../../../sandbox/server.ts'
import { createTimeline } from '../../../sandbox/timeline.ts'
import { accountFrom, type VobizSandboxAccount } from './account.ts'
import { checkAmount } from './amount.ts'
import { createEndpoints } from './endpoints.ts'
import { entryFrom, instantText, type VobizSandboxEntry } from './entry.ts'
import { CURRENCY, PARTNER } from './partner.ts'
import { createSummary, type Summary } from './summary.ts'
import type { VobizSandboxTraits } from './traits.ts'
import { callDebit, recharge, refund, YEAR_CUSTOMERS, yearOfEntries } from './year.ts'

export type { VobizSandboxAccount } from './account.ts'
export type { VobizSandboxEntry } from './entry.ts'
export type { VobizSandboxTraits } from './traits.ts'

export interface VobizSandboxOptions {
  /**
   * `year` (default): made-up entries of 2025-11-01 to 2026-10-31. In each month but August 2026, the global ledger holds
   * what the customers' own hold; there, one usage debit is missing. `empty`: neither customers nor entries.
   */
  data?: 'year' | 'empty'
  traits?: Partial<VobizSandboxTraits>
}

/** A Vobiz partner API with a ledger of its own. Lists are always newest first. */
export interface VobizSandbox extends Sandbox {
  readonly server: UpstreamServer
  /** In the order in which `GET /accounts` lists them. */
  readonly customers: readonly VobizSandboxAccount[]
  /** All entries of all ledgers, newest first; a new array after each change. */
  readonly entries: readonly VobizSandboxEntry[]
  /** The entries of the global ledger, those of the partner's own account among them, newest first. */
  readonly globalEntries: readonly VobizSandboxEntry[]
  readonly traits: VobizSandboxTraits
  /**
   * Adds an entry where its `created_at` belongs, on the newer side of entries of the same instant. What is left out is
   * made up: a completed usage debit of the first customer (who is added when there is none), a second after the
   * newest entry.
   */
  add(entry?: Partial<VobizSandboxEntry>): VobizSandboxEntry
  /** Adds many entries at once. Where `created_at` is left out, it is a second after the one before in `entries`. */
  load(entries: Iterable<Partial<VobizSandboxEntry>>): void
  /** Throws when there is no such entry. */
  remove(id: string): void
  /** Throws when there is no such entry. */
  update(id: string, change: Partial<Omit<VobizSandboxEntry, 'id'>>): VobizSandboxEntry
  addCustomer(customer?: Partial<VobizSandboxAccount>): VobizSandboxAccount
  /** Throws when there is no such customer. */
  updateCustomer(authId: string, change: Partial<Omit<VobizSandboxAccount, 'auth_id'>>): VobizSandboxAccount
}

const BASE_PATH = '/api/v1/partner'

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
  const random = createRandom(0x70b12)
  const growth = createRandom(0x6409)

  function addCustomer(customer: Partial<VobizSandboxAccount> = {}): VobizSandboxAccount {
    const added = accountFrom(customer, customers.length + 1, random)
    customers.push(added)
    // Here and below: the search of the global ledger looks at the customers' names.
    ledger.dropViews()
    return added
  }

  function complete(entry: Partial<VobizSandboxEntry>, before: VobizSandboxEntry | null): VobizSandboxEntry {
    const account = entry.account_id ?? (customers[0] ?? addCustomer()).auth_id
    const after = before ? Date.parse(before.created_at) : Date.UTC(2026, 0, 1)
    let id = random.uuid()
    while (ledger.get(id)) id = random.uuid()
    const whole = entryFrom({ id, account_id: account, created_at: instantText(after + 1000), ...entry })
    checkAmount(whole.amount)
    return whole
  }

  function add(entry: Partial<VobizSandboxEntry> = {}): VobizSandboxEntry {
    const added = complete(entry, ledger.newest())
    ledger.add(added)
    return added
  }

  function load(entries: Iterable<Partial<VobizSandboxEntry>>): void {
    const loaded: VobizSandboxEntry[] = []
    for (const entry of entries) loaded.push(complete(entry, loaded.at(-1) ?? ledger.newest()))
    ledger.load(loaded)
  }

  const handle = createEndpoints({ ledger, customers, traits })

  if (options.data !== 'empty') {
    for (const customer of YEAR_CUSTOMERS) addCustomer(customer.account)
    ledger.load(yearOfEntries(customers))
  }
  const server = await startUpstream({ basePath: BASE_PATH, handle })

  return {
    server,
    customers,
    traits,
    get entries() {
      return ledger.newestFirst()
    },
    get globalEntries() {
      return ledger.newestFirst().filter((entry) => entry.ledger !== 'own')
    },
    environment: {
      VOBIZ_BASE_URL: server.url,
      VOBIZ_AUTH_ID: PARTNER.authId,
      VOBIZ_AUTH_TOKEN: PARTNER.token,
      VOBIZ_CURRENCY: CURRENCY,
    },
    add,
    load,
    servers: [server],
    entryIds: () => ledger.newestFirst().map(({ id }) => id),
    addEntry: (created_at) => add({ created_at }).id,
    remove: (id) => ledger.remove(id),
    update(id, change) {
      if (change.amount !== undefined) checkAmount(change.amount)
      return ledger.update(id, change)
    },
    addCustomer,
    updateCustomer(authId, change) {
      const index = customers.findIndex(({ auth_id }) => auth_id === authId)
      if (index < 0) throw new RangeError(`There is no customer ${authId}.`)
      const changed = { ...customers[index]!, ...change }
      customers[index] = changed
      ledger.dropViews()
      return changed
    },
    grow(now) {
      const active = customers.filter(({ is_active }) => is_active)
      const customer = active.length > 0 ? growth.pick(active) : addCustomer()
      const made = growth.chance(0.85) ? callDebit(growth) : growth.chance(0.8) ? recharge(growth) : refund(growth, now)
      add({ ...made, account_id: customer.auth_id, created_at: instantText(now, growth.integer(0, 999)) })
    },
    close: () => server.close(),
  }
}
