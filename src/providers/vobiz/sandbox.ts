import { randomUUID } from 'node:crypto'
import { createRandom, type Random } from '../../sandbox/random.ts'
import {
  exactNumber,
  type Sandbox,
  startUpstream,
  type UpstreamReply,
  type UpstreamRequest,
  type UpstreamServer,
} from '../../sandbox/server.ts'
import { createTimeline, parseDateTime, type Tally } from '../../sandbox/timeline.ts'

/** One entry of the sandbox's ledger: the documented row, and what a row does not carry. */
export interface VobizSandboxEntry {
  readonly id: string
  /** The customer's auth id; the partner's own for the debit leg of a transfer. */
  readonly account_id: string
  readonly balance_id: string
  /** `credit` or `debit`; on old rows a legacy word such as `did_rental`. */
  readonly type: string
  /** A JSON number, sent with exactly these digits. */
  readonly amount: string
  readonly currency: string
  readonly description: string
  /** Null is left out of the row. */
  readonly reference: string | null
  /** Null is left out of the row. */
  readonly reference_type: string | null
  readonly status: string
  readonly processed_at: string
  readonly created_at: string
  readonly updated_at: string
  /** The filter value that selects the entry, which no row carries; null where none does (manual adjustments). */
  readonly transaction_type: VobizTransactionType | null
  /**
   * Where the entry stands, which no row carries: `own` is missing from the global ledger, `global` from the customer's own.
   * The partner's account has no ledger of its own, so its entries are always `global`.
   */
  readonly ledger: 'both' | 'own' | 'global'
}

type VobizTransactionType = (typeof TRANSACTION_TYPES)[number]

/** How the upstream behaves where the documentation leaves room, or contradicts itself. */
export interface VobizSandboxTraits {
  /** Whether `GET /transactions` is there, the status that says it is not, or a body that is not its envelope. */
  globalLedger: 'offered' | 403 | 404 | 405 | 501 | 'not-an-array'
  /** Page sizes of the two ledgers; the list of customers always takes up to 100. */
  perPage: {
    /** More than this is refused with 422. Default 100. */
    max?: number
    /** Where more than this is asked, this many rows are answered instead, and nothing is refused. */
    clampTo?: number
    /** `per_page` has no effect: always this many rows. */
    fixed?: number
    /** Whether the answer carries the applied `per_page`. Default true. */
    echo?: boolean
  }
  /** `zero` is what the documentation calls a summary that failed to compute. */
  summary: 'exact' | 'zero' | 'absent'
  /** The time zone in which `from_date` and `to_date` are cut, east of UTC. */
  dayOffsetMinutes: number
}

export interface VobizSandboxOptions {
  /**
   * `year` (default): made-up entries of 2025-11-01 to 2026-10-31. In each month but August 2026, the global ledger holds
   * what the customers' own hold; there, one usage debit is missing. `empty`: neither customers nor entries.
   */
  data?: 'year' | 'empty'
  traits?: Partial<VobizSandboxTraits>
}

/** A customer as `GET /accounts` lists it. */
export type VobizSandboxAccount = typeof BLANK_ACCOUNT

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
   * made up: a completed usage debit of the first customer (who is added where there is none), a second after the
   * newest entry.
   */
  add(entry?: Partial<VobizSandboxEntry>): VobizSandboxEntry
  /** Adds many entries at once. Where `created_at` is left out, it is a second after the one before in `entries`. */
  load(entries: Iterable<Partial<VobizSandboxEntry>>): void
  /** Throws where there is no such entry. */
  remove(id: string): void
  /** Throws where there is no such entry. */
  update(id: string, change: Partial<Omit<VobizSandboxEntry, 'id'>>): VobizSandboxEntry
  addCustomer(customer?: Partial<VobizSandboxAccount>): VobizSandboxAccount
  /** Throws where there is no such customer. */
  updateCustomer(authId: string, change: Partial<Omit<VobizSandboxAccount, 'auth_id'>>): VobizSandboxAccount
}

const BASE_PATH = '/api/v1/partner'
const TRANSACTION_TYPES = ['recharge', 'debit', 'refund', 'transfer'] as const
const ACCOUNT_PATH = /^\/accounts\/([^/]+)(?:\/(balance|transactions))?$/
const DEFAULT_PER_PAGE = 20
const MAX_PER_PAGE = 100
const DAY_MS = 86_400_000
const CURRENCY = 'INR'

const PARTNER = {
  id: '3f6c1d52-0d0c-4f1a-9a51-6f7c0e2b9d14',
  authId: 'PA_SANDBOX1',
  token: 'sandbox-partner-token-not-a-secret',
  name: 'Lotus Reach Communications',
  balanceId: 'e2b7a0c4-58d3-4b6f-8f0e-91d2c3a4b5f6',
}

const BLANK_ACCOUNT = {
  id: '0',
  api_id: '',
  auth_id: '',
  auth_token: '',
  name: '',
  email: '',
  phone: '',
  company: '',
  description: null as string | null,
  country: 'IN',
  address: null as string | null,
  city: null as string | null,
  state: null as string | null,
  zip_code: null as string | null,
  timezone: null as string | null,
  gstin: null as string | null,
  gst_status: null as string | null,
  tds_enabled: false,
  tds_percentage: 0,
  account_type: 'standard',
  role: 'customer',
  business_type: 'private_limited',
  billing_mode: 'prepaid',
  postpaid: false,
  auto_recharge: false,
  auto_recharge_config: null as unknown,
  cash_credits: '0.00000',
  cps_limit: 2,
  concurrent_calls_limit: 20,
  base_cps_limit: null as number | null,
  base_concurrent_calls_limit: null as number | null,
  purchased_cps_limit: null as number | null,
  purchased_concurrent_calls_limit: null as number | null,
  is_active: true,
  is_verified: true,
  is_trial_account: false,
  enabled: true,
  kyc_status: 'completed',
  created_at: '2025-09-01T06:30:00.000000+00:00',
  updated_at: '2025-09-01T06:30:00.000000+00:00',
  last_login: null as string | null,
  pricing_tier_id: 'tier_standard',
  pricing_tier: {
    id: 'tier_standard',
    name: 'Standard INR',
    currency: CURRENCY,
    inbound_rate: 0.35,
    outbound_rate: 0.45,
    did_rental_rate: 250,
    is_active: true,
    is_default: true,
    partner_id: PARTNER.id as string | null,
  },
  partner_id: PARTNER.id,
  resource_uri: '',
  google_id: null as string | null,
  referral_code: null as string | null,
  referral_disabled: true,
  custom_referrer_reward_amount: null as number | null,
  custom_referee_reward_amount: null as number | null,
}

/** Fields of the list that the documented example of one account does not show. */
const LIST_ONLY_FIELDS: readonly (keyof VobizSandboxAccount)[] = [
  'base_cps_limit',
  'base_concurrent_calls_limit',
  'purchased_cps_limit',
  'purchased_concurrent_calls_limit',
  'referral_code',
  'referral_disabled',
  'custom_referrer_reward_amount',
  'custom_referee_reward_amount',
]

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

  function handle(request: UpstreamRequest): UpstreamReply {
    try {
      return { status: 200, json: answer(request) }
    } catch (error) {
      if (error instanceof Refusal) return error.reply()
      throw error
    }
  }

  function answer(request: UpstreamRequest): unknown {
    if (request.headers['x-auth-id'] !== PARTNER.authId || request.headers['x-auth-token'] !== PARTNER.token) {
      throw new Refusal(401, 'INVALID_CREDENTIALS', 'Missing or invalid credentials.')
    }
    const [path, customerId, part] = ACCOUNT_PATH.exec(request.path) ?? [request.path]
    if (customerId === undefined && path !== '/accounts' && path !== '/transactions') {
      throw new Refusal(404, 'NOT_FOUND', 'No such resource.')
    }
    if (request.method !== 'GET') throw new Refusal(405, 'METHOD_NOT_ALLOWED', 'Only GET is offered here.')
    if (path === '/transactions') return globalLedger(request.query)
    if (path === '/accounts') return listCustomers(request.query)

    const customer = customers.find(({ auth_id }) => auth_id === customerId)
    if (!customer) throw new Refusal(404, 'NOT_FOUND', 'No such account.')
    if (part === 'transactions') return customerLedger(customer, request.query)
    readQuery(request.query, []).check()
    return part === 'balance' ? balanceOf(customer) : singleAccount(customer)
  }

  function listCustomers(values: URLSearchParams): unknown {
    const query = readQuery(values, ['page', 'per_page', 'search'])
    const page = query.positiveInteger('page') ?? 1
    const size = query.positiveInteger('per_page') ?? DEFAULT_PER_PAGE
    const search = query.text('search')?.toLowerCase() ?? ''
    if (size > MAX_PER_PAGE) query.refuse('per_page', `must not be above ${MAX_PER_PAGE}`)
    query.check()
    const found = customers.filter(({ name, email }) => `${name}\n${email}`.toLowerCase().includes(search))
    return { accounts: found.slice((page - 1) * size, page * size), total: found.length, page, size }
  }

  function customerLedger(customer: VobizSandboxAccount, values: URLSearchParams): unknown {
    const query = readQuery(values, LEDGER_PARAMETERS)
    const list = listTransactions(query, { missing: 'global', account: customer.auth_id })
    return { ...list, account_auth_id: customer.auth_id }
  }

  function globalLedger(values: URLSearchParams): unknown {
    const { globalLedger } = traits
    if (typeof globalLedger === 'number') {
      throw new Refusal(globalLedger, 'NOT_AVAILABLE', 'The global ledger is not available to this partner.')
    }
    const query = readQuery(values, [...LEDGER_PARAMETERS, 'account', 'search'])
    const only = { missing: 'own', account: query.text('account'), search: query.text('search') } as const
    const list = listTransactions(query, only)
    return globalLedger === 'not-an-array' ? { ...list, transactions: {} } : list
  }

  function listTransactions(
    query: Query,
    only: { missing: VobizSandboxEntry['ledger']; account: string | null; search?: string | null },
  ) {
    const page = query.positiveInteger('page') ?? 1
    const perPage = pageSize(query)
    const from = query.day('from_date')
    const to = query.day('to_date')
    const type = query.oneOf('transaction_type', TRANSACTION_TYPES)
    query.check()

    const dayOffsetNs = BigInt(traits.dayOffsetMinutes) * 60_000_000_000n
    const start = from === null ? null : from - dayOffsetNs
    const end = to === null ? null : to - dayOffsetNs + BigInt(DAY_MS) * 1_000_000n
    const { missing, account } = only
    const search = only.search?.toLowerCase() ?? null
    const view = ledger.view(
      JSON.stringify([missing, account, search, type, String(start), String(end)]),
      (entry, instant) =>
        entry.ledger !== missing &&
        (account === null || entry.account_id === account) &&
        (type === null || entry.transaction_type === type) &&
        (start === null || instant >= start) &&
        (end === null || instant < end) &&
        (search === null || searchText(entry).includes(search)),
    )
    return {
      transactions: view.newest((page - 1) * perPage, perPage).map(rowOf),
      ...(traits.summary !== 'absent' && {
        summary: (traits.summary === 'exact' ? view.tally : createSummary()).json(),
      }),
      total: view.length,
      page,
      ...(traits.perPage.echo !== false && { per_page: perPage }),
      total_pages: Math.ceil(view.length / perPage),
    }
  }

  function pageSize(query: Query): number {
    const { max = MAX_PER_PAGE, clampTo, fixed } = traits.perPage
    const asked = query.positiveInteger('per_page') ?? Math.min(DEFAULT_PER_PAGE, max)
    if (fixed !== undefined) return fixed
    if (clampTo !== undefined) return Math.min(asked, clampTo)
    if (asked > max) query.refuse('per_page', `must not be above ${max}`)
    return asked
  }

  function searchText(entry: VobizSandboxEntry): string {
    const account = customers.find(({ auth_id }) => auth_id === entry.account_id)
    return [entry.description, entry.reference ?? '', entry.account_id, account?.name ?? ''].join('\n').toLowerCase()
  }

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

// --- Answers -------------------------------------------------------------------------------------------------------

/** The parameters that both ledgers document. */
const LEDGER_PARAMETERS = ['page', 'per_page', 'from_date', 'to_date', 'transaction_type'] as const

/** An answer other than 200, in the shape of the documentation's general error page. */
class Refusal extends Error {
  readonly #status: number
  readonly #code: string
  readonly #details: Record<string, unknown>

  constructor(status: number, code: string, message: string, details: Record<string, unknown> = {}) {
    super(message)
    this.#status = status
    this.#code = code
    this.#details = details
  }

  reply(): UpstreamReply {
    return {
      status: this.#status,
      json: {
        status: 'error',
        error: { code: this.#code, message: this.message, details: this.#details },
        timestamp: new Date().toISOString(),
        requestId: `req_${randomUUID()}`,
      },
    }
  }
}

type Query = ReturnType<typeof readQuery>

/**
 * Reads query values as strictly as the documentation allows. What is wrong is gathered, and `check()` refuses it all
 * at once with 422. Unknown and repeated parameters are wrong too: a client must not lean on them.
 */
function readQuery(values: URLSearchParams, allowed: readonly string[]) {
  const errors: { field: string; message: string; code: string; value: string }[] = []

  function refuse(field: string, message: string, code = 'invalid'): null {
    errors.push({ field, message, code, value: values.get(field) ?? '' })
    return null
  }

  for (const name of new Set(values.keys())) {
    if (!allowed.includes(name)) refuse(name, 'is not a parameter here', 'unknown')
    else if (values.getAll(name).length > 1) refuse(name, 'must be given once', 'repeated')
  }

  return {
    refuse,
    text: (name: string) => values.get(name),
    positiveInteger(name: string): number | null {
      const text = values.get(name)
      if (text === null) return null
      return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : refuse(name, 'must be a positive integer')
    },
    /** The first instant of a UTC day, in nanoseconds since 1970. */
    day(name: string): bigint | null {
      const text = values.get(name)
      if (text === null) return null
      const midnight = /^\d{4}-\d{2}-\d{2}$/.test(text) ? parseDateTime(`${text}T00:00:00Z`) : null
      return midnight ?? refuse(name, 'must be a date as YYYY-MM-DD')
    },
    oneOf<T extends string>(name: string, choices: readonly T[]): T | null {
      const text = values.get(name)
      if (text === null) return null
      return choices.find((choice) => choice === text) ?? refuse(name, `must be one of ${choices.join(', ')}`)
    },
    check() {
      if (errors.length > 0) throw new Refusal(422, 'VALIDATION_ERROR', 'Request validation failed.', { errors })
    },
  }
}

function rowOf(entry: VobizSandboxEntry): unknown {
  return {
    id: entry.id,
    account_id: entry.account_id,
    balance_id: entry.balance_id,
    type: entry.type,
    amount: exactNumber(entry.amount),
    currency: entry.currency,
    description: entry.description,
    ...(entry.reference !== null && { reference: entry.reference }),
    ...(entry.reference_type !== null && { reference_type: entry.reference_type }),
    status: entry.status,
    processed_at: entry.processed_at,
    created_at: entry.created_at,
    updated_at: entry.updated_at,
  }
}

function balanceOf(customer: VobizSandboxAccount): unknown {
  const { auth_id, name, cash_credits, pricing_tier, updated_at } = customer
  return { auth_id, name, cash_credits, currency: pricing_tier.currency, updated_at }
}

function singleAccount(customer: VobizSandboxAccount): unknown {
  const { id, name, currency } = customer.pricing_tier
  const shown = Object.entries(customer).filter(([field]) => !LIST_ONLY_FIELDS.some((hidden) => hidden === field))
  return { ...Object.fromEntries(shown), pricing_tier: { id, name, currency } }
}

interface Summary extends Tally<VobizSandboxEntry> {
  /** The `summary` object of an answer. */
  json(): unknown
}

/**
 * Exact sums over the rows of a list, whatever their status. A row that is not a credit counts as a debit: how Vobiz
 * counts the legacy types is not documented, nor is the order of the groups (by name, here).
 */
function createSummary(): Summary {
  const groups = new Map<string, { credit: bigint; debit: bigint; count: number }>()

  function count(entry: VobizSandboxEntry, step: 1 | -1): void {
    const name = entry.reference_type ?? 'unknown'
    const group = groups.get(name) ?? { credit: 0n, debit: 0n, count: 0 }
    group[entry.type === 'credit' ? 'credit' : 'debit'] += BigInt(step) * scaledAmount(entry.amount)
    group.count += step
    if (group.count > 0) groups.set(name, group)
    else groups.delete(name)
  }

  return {
    add: (entry) => count(entry, 1),
    subtract: (entry) => count(entry, -1),
    json() {
      const sorted = [...groups].sort(([one], [other]) => (one < other ? -1 : 1))
      const debit = sorted.reduce((sum, [, group]) => sum + group.debit, 0n)
      const credit = sorted.reduce((sum, [, group]) => sum + group.credit, 0n)
      return {
        total_transactions: sorted.reduce((sum, [, group]) => sum + group.count, 0),
        total_debit: exactNumber(plainDecimal(debit)),
        total_credit: exactNumber(plainDecimal(credit)),
        net_amount: exactNumber(plainDecimal(credit - debit)),
        by_reference_type: sorted.map(([reference_type, group]) => ({
          reference_type,
          total_debit: exactNumber(plainDecimal(group.debit)),
          total_credit: exactNumber(plainDecimal(group.credit)),
          count: group.count,
        })),
      }
    },
  }
}

/** Fraction digits that sums are exact to. */
const SCALE = 30

/** A JSON number in units of 10⁻³⁰. */
function scaledAmount(literal: string): bigint {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? []
  const zeros = SCALE + Number(exponent) - fraction.length
  if (whole === '' || zeros < 0) throw new RangeError(`Not an amount of at most ${SCALE} fraction digits: ${literal}`)
  const units = BigInt(whole + fraction + '0'.repeat(zeros))
  return sign === '-' ? -units : units
}

/** An amount that cannot be sent or summed up must fail where it is given, and not in a later answer. */
const checkAmount: (literal: string) => void = scaledAmount

function plainDecimal(units: bigint): string {
  const digits = String(units < 0n ? -units : units).padStart(SCALE + 1, '0')
  const text = `${digits.slice(0, -SCALE)}.${digits.slice(-SCALE)}`.replace(/\.?0+$/, '')
  return units < 0n ? `-${text}` : text
}

// --- Made-up data --------------------------------------------------------------------------------------------------

const YEAR_START = Date.UTC(2025, 10, 1)
const YEAR_DAYS = 365

/** What one customer of the made-up year is like. Days count from the start of the year. */
interface YearCustomer {
  account: Partial<VobizSandboxAccount>
  /** Phone numbers rented by the month; all of them are billed in the same instant. */
  numbers: number
  /** One more number, rented by the day. */
  dailyRental: boolean
  /** Its share of all calls. */
  calls: number
  /** The day of its last entry. */
  lastDay: number
}

const YEAR_CUSTOMERS: readonly YearCustomer[] = [
  yearCustomer('Neelkanth Freight Lines', 'Pune', 'Maharashtra', '4812.38500', {
    numbers: 9,
    calls: 5,
    dailyRental: true,
  }),
  yearCustomer('Saffron Lane Hotels', 'Jaipur', 'Rajasthan', '1300.00000', { numbers: 6, calls: 3 }),
  yearCustomer('Kaveri Valley Diagnostics', 'Mysuru', 'Karnataka', '27650.05125', {
    numbers: 8,
    calls: 6,
    dailyRental: true,
  }),
  yearCustomer('Tamarind Loom Textiles', 'Surat', 'Gujarat', '88.90000', { numbers: 4, calls: 2 }),
  yearCustomer('Peepal Shade Finance', 'Mumbai', 'Maharashtra', '1310442.17300', { numbers: 7, calls: 6 }),
  yearCustomer('Monsoon Wheels Mobility', 'Kochi', 'Kerala', '0.00000', {
    numbers: 3,
    calls: 2,
    lastDay: 170,
    account: { is_active: false, enabled: false },
  }),
  yearCustomer('Serendib Hill Teas', 'Colombo', 'Western Province', '640.25000', {
    numbers: 2,
    calls: 1,
    account: { country: 'LK', timezone: 'Asia/Colombo' },
  }),
  yearCustomer('Banyan Court Legal', 'New Delhi', 'Delhi', '0.00000', {
    account: { kyc_status: 'pending', is_verified: false, is_trial_account: true },
  }),
]

function yearCustomer(
  name: string,
  city: string,
  state: string,
  cashCredits: string,
  rest: Partial<YearCustomer>,
): YearCustomer {
  return {
    numbers: 0,
    dailyRental: false,
    calls: 0,
    lastDay: YEAR_DAYS - 1,
    ...rest,
    account: { name, city, state, cash_credits: cashCredits, timezone: 'Asia/Kolkata', ...rest.account },
  }
}

function accountFrom(given: Partial<VobizSandboxAccount>, ordinal: number, random: Random): VobizSandboxAccount {
  const authId = given.auth_id ?? `MA_${random.text('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', 8)}`
  const name = given.name ?? `Example Customer ${ordinal}`
  return {
    ...BLANK_ACCOUNT,
    id: String(1000 + ordinal),
    api_id: random.uuid(),
    auth_id: authId,
    auth_token: `not-a-real-token-of-customer-${ordinal}`,
    name,
    company: name,
    email: `accounts@${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.example`,
    phone: `+91000000${String(ordinal).padStart(4, '0')}`,
    resource_uri: `/v1/Account/${authId}/`,
    ...given,
  }
}

function entryFrom(
  given: Partial<VobizSandboxEntry> & { id: string; account_id: string; created_at: string },
): VobizSandboxEntry {
  const { id, account_id, created_at, ...rest } = given
  return {
    id,
    account_id,
    // One wallet per account, so the same account always gets the same one.
    balance_id: account_id === PARTNER.authId ? PARTNER.balanceId : walletOf(account_id),
    type: ['recharge', 'refund', 'transfer'].includes(rest.transaction_type ?? '') ? 'credit' : 'debit',
    amount: '0.45',
    currency: CURRENCY,
    description: 'Made-up entry',
    reference: null,
    reference_type: null,
    status: 'completed',
    processed_at: created_at,
    created_at,
    updated_at: created_at,
    transaction_type: rest.type === 'credit' ? 'recharge' : 'debit',
    ledger: account_id === PARTNER.authId ? 'global' : 'both',
    ...rest,
  }
}

function walletOf(account: string): string {
  return createRandom([...account].reduce((seed, char) => Math.imul(seed, 31) + char.codePointAt(0)!, 7)).uuid()
}

/** Epoch milliseconds as the ledger writes them, with three more digits; whole seconds carry no fraction. */
function instantText(epochMs: number, micros = 0): string {
  const [whole = '', millis = ''] = new Date(epochMs).toISOString().replace('Z', '').split('.')
  const fraction = millis + String(micros).padStart(3, '0')
  return fraction === '000000' ? `${whole}Z` : `${whole}.${fraction}Z`
}

/** A number of 10⁻⁵ rupees as decimal text without needless zeros. */
function rupees(hundredThousandths: number): string {
  return plainDecimal(BigInt(hundredThousandths) * 10n ** BigInt(SCALE - 5))
}

function callDebit(random: Random): Partial<VobizSandboxEntry> {
  const seconds = random.integer(4, 900)
  // Most calls are billed by the minute at 0.45; those of the second kind by the second.
  const bySecond = random.chance(0.15)
  const stream = random.chance(0.2)
  return {
    type: 'debit',
    transaction_type: 'debit',
    amount: bySecond ? rupees(seconds * 747) : rupees(Math.ceil(seconds / 60) * 45_000),
    description: stream ? `Stream session (${seconds}s)` : `Outbound call (${seconds}s)`,
    reference: `cdr:${random.uuid()}`,
    reference_type: stream ? 'stream_cdr' : 'cdr',
  }
}

function recharge(random: Random): Partial<VobizSandboxEntry> {
  return {
    type: 'credit',
    transaction_type: 'recharge',
    amount: random.pick(['500', '1000', '1000', '2500', '5000', '10000', '25000.5', '749.99']),
    description: `Wallet recharge by ${random.pick(['UPI', 'UPI', 'net banking', 'card'])}`,
    reference: `pay_${random.text('0123456789abcdef', 14)}`,
    reference_type: 'payment',
    status: random.chance(0.06) ? 'failed' : random.chance(0.04) ? 'cancelled' : 'completed',
  }
}

function refund(random: Random, epochMs: number): Partial<VobizSandboxEntry> {
  return {
    type: 'credit',
    transaction_type: 'refund',
    amount: rupees(random.integer(1, 40) * 45_000),
    description: `Refund for dropped calls on ${new Date(epochMs - DAY_MS).toISOString().slice(0, 10)}`,
    reference_type: 'refund',
  }
}

function manualAdjustment(random: Random): Partial<VobizSandboxEntry> {
  return {
    type: random.chance(0.5) ? 'credit' : 'debit',
    transaction_type: null,
    amount: rupees(random.integer(100, 20_000) * 1000),
    description: random.pick(['Goodwill adjustment', 'Correction of a billing error', 'Rounding correction']),
    reference_type: 'manual_adjustment',
  }
}

function rental(number: string, period: 'Monthly' | 'Daily'): Partial<VobizSandboxEntry> {
  return {
    type: 'debit',
    transaction_type: 'debit',
    amount: period === 'Monthly' ? '250' : '8.33333',
    description: `${period} rental of ${number}`,
    reference: `did:${number}`,
    reference_type: 'did_rental',
  }
}

/** Entries of 365 days from 2025-11-01 on, UTC, for the customers of `YEAR_CUSTOMERS`: the same ones on every start. */
function yearOfEntries(accounts: readonly VobizSandboxAccount[]): VobizSandboxEntry[] {
  const random = createRandom(0x2025_11_01)
  const entries: VobizSandboxEntry[] = []
  const customers = YEAR_CUSTOMERS.map((customer, index) => ({ ...customer, account: accounts[index]!, index }))
  const callers = customers.flatMap((customer) => Array.from({ length: customer.calls }, () => customer))

  function file(account: string, created_at: string, made: Partial<VobizSandboxEntry>): void {
    entries.push(entryFrom({ id: random.uuid(), account_id: account, created_at, ...made }))
  }

  for (let day = 0; day < YEAR_DAYS; day += 1) {
    const midnight = YEAR_START + day * DAY_MS
    const date = new Date(midnight)
    const weekend = date.getUTCDay() % 6 === 0
    const open = customers.filter(({ lastDay, calls }) => calls > 0 && day <= lastDay)
    /** An instant of the Indian working day. */
    const sometime = () =>
      instantText(midnight + random.integer(3.5 * 3_600_000, 14 * 3_600_000), random.integer(0, 999))

    for (const { account, index, numbers, dailyRental } of open) {
      const number = (ordinal: number) => `+9100${index}0000${String(ordinal).padStart(3, '0')}`
      if (date.getUTCDate() === 1) {
        for (let ordinal = 1; ordinal <= numbers; ordinal += 1) {
          // The first bill of the year still uses the legacy word in one row of each of two customers.
          const legacy = day === 0 && ordinal === 1 && index < 2
          file(account.auth_id, instantText(midnight), {
            ...rental(number(ordinal), 'Monthly'),
            ...(legacy && { type: 'did_rental' }),
          })
        }
      }
      if (dailyRental) file(account.auth_id, instantText(midnight), rental(number(0), 'Daily'))
      if ((day + index * 4) % 17 === 3) file(account.auth_id, sometime(), recharge(random))
    }

    for (let calls = random.integer(1, weekend ? 3 : 8); calls > 0; calls -= 1) {
      const { account, lastDay } = random.pick(callers)
      if (day <= lastDay) file(account.auth_id, sometime(), callDebit(random))
    }
    if (random.chance(0.1)) file(random.pick(open).account.auth_id, sometime(), refund(random, midnight))
    if (random.chance(0.06)) file(random.pick(open).account.auth_id, sometime(), manualAdjustment(random))
    if (random.chance(0.2)) {
      const created_at = sometime()
      for (const leg of transfer(random.pick(open).account, created_at, random)) file(leg.account_id, created_at, leg)
    }
  }

  const finance = accounts[4]!.auth_id
  file(finance, '2026-03-31T11:42:09.118204Z', { ...recharge(random), amount: '1234567.89', status: 'completed' })
  file(finance, '2026-09-30T10:05:51.730016Z', { ...recharge(random), amount: '2500000', status: 'completed' })
  for (const [index, created_at] of [
    '2026-07-14T09:31:27.660781Z',
    '2026-10-29T08:12:44.019336Z',
    '2026-10-30T16:20:11.004512Z',
    '2026-10-31T17:58:40.250003Z',
  ].entries()) {
    file(accounts[index]!.auth_id, created_at, { ...recharge(random), status: 'pending' })
  }
  // The one entry that the global ledger lacks.
  file(accounts[1]!.auth_id, '2026-08-19T10:47:33.508127Z', {
    type: 'debit',
    transaction_type: 'debit',
    amount: '12.6',
    description: 'Outbound call (1653s)',
    reference: `cdr:${random.uuid()}`,
    reference_type: 'cdr',
    ledger: 'own',
  })
  return entries
}

/** Both legs of a transfer from the partner to a customer. */
function transfer(customer: VobizSandboxAccount, created_at: string, random: Random) {
  const shared = {
    amount: random.pick(['250', '500', '1500', '2000', '12500.75']),
    transaction_type: 'transfer',
    reference: `ptc:${PARTNER.id}:${customer.auth_id}:${Math.floor(Date.parse(created_at) / 1000)}`,
  } as const
  const note = random.pick(['monthly top-up', 'promotional credit', 'advance for campaign'])
  return [
    {
      ...shared,
      account_id: PARTNER.authId,
      type: 'debit',
      description: `Transfer to customer ${customer.name}: ${note}`,
    },
    {
      ...shared,
      account_id: customer.auth_id,
      type: 'credit',
      description: `Transfer from partner ${PARTNER.name}: ${note}`,
    },
  ]
}
