import { createRandom, type Random } from '../../sandbox/random.ts'
import {
  exactNumber,
  type Sandbox,
  startUpstream,
  type UpstreamReply,
  type UpstreamRequest,
  type UpstreamServer,
} from '../../sandbox/server.ts'
import { createTimeline, parseDateTime } from '../../sandbox/timeline.ts'

/** One transaction of the sandbox, field by field as documented. */
export interface KobbleSandboxEntry {
  readonly id: string
  /** A JSON number, sent with exactly these digits. */
  readonly amount: string
  readonly asset: string
  readonly asset_class: string
  readonly created_at: string
  readonly external_id: string | null
  /** Typically a wallet id, but not always; null where money comes from outside. */
  readonly from: string | null
  readonly payment_type: string
  readonly reference: string
  readonly status: string
  /** Typically a wallet id, but not always; null where money goes outside. */
  readonly to: string | null
  readonly type: string
  readonly updated_at: string
  readonly metadata: Record<string, unknown>
  readonly info: Record<string, unknown> | null
}

/** One wallet, with the fields that the staging host adds to the documented ones. */
export interface KobbleSandboxWallet {
  readonly id: string
  readonly external_id: string | null
  readonly created_at: string
  readonly updated_at: string
  readonly holder_id: string
  readonly asset: string
  readonly asset_class: string
  readonly status: string
  readonly partner_product: string
  /** A JSON number, sent with exactly these digits; so are the two below. */
  readonly total_amount: string
  readonly amount: string
  readonly reserved_amount: string
  readonly account_number: string | null
  readonly bank_code_type: string | null
  readonly bank_code: string | null
  readonly owner: string
}

/** How the upstream behaves where the documentation leaves room. */
export interface KobbleSandboxTraits {
  /** Where more rows are asked for, this many are answered, and `X-Limit` tells. */
  maxLimit: number
  /** Which of the optional paging headers are sent. */
  headers: { total: boolean; offset: boolean; limit: boolean }
  /** Whether `X-Total-Count` counts all transactions instead of those that pass the filter. */
  totalIgnoresFilters: boolean
  /** For tokens that are issued from now on. */
  tokenLifeSeconds: number
}

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
   * is made up: an accepted manual credit of the first wallet (which is added where there is none), a second after the
   * newest transaction. With `from`, it is a manual debit; with both sides, a transfer between wallets.
   */
  add(entry?: Partial<KobbleSandboxEntry>): KobbleSandboxEntry
  /**
   * Adds many transactions at once. Where `created_at` is left out, it is a second after the one before in `entries`.
   */
  load(entries: Iterable<Partial<KobbleSandboxEntry>>): void
  /** Throws where there is no such transaction. */
  remove(id: string): void
  /** Throws where there is no such transaction. */
  update(id: string, change: Partial<Omit<KobbleSandboxEntry, 'id'>>): KobbleSandboxEntry
  addWallet(wallet?: Partial<KobbleSandboxWallet>): KobbleSandboxWallet
  /** From now on, none of the tokens issued so far is honoured. */
  revokeTokens(): void
}

const CLIENT = { id: 'sandbox-client', secret: 'sandbox-client-secret-not-a-secret' }
const SCOPES = ['client/read', 'client/write', 'administrator/read', 'administrator/write']
/** Neither the default nor the maximum is documented. */
const DEFAULT_LIMIT = 20
const DEFAULT_MAX_LIMIT = 100
const DAY_MS = 86_400_000

const UNAUTHORIZED: UpstreamReply = { status: 401, json: { message: 'Unauthorized' } }
const NOT_FOUND: UpstreamReply = { status: 404, json: { message: 'Not Found' } }
const METHOD_NOT_ALLOWED: UpstreamReply = { status: 405, json: { message: 'Method Not Allowed' } }

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
    // What is no JSON number must fail here and not in a later answer.
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

  function answer(request: UpstreamRequest): UpstreamReply {
    if (!tokens.honours(request.headers.authorization)) return UNAUTHORIZED
    const [, resource, id] = /^\/customers\/v1\/(transactions|wallets)(?:\/([^/]+))?$/.exec(request.path) ?? []
    if (!resource) return NOT_FOUND
    if (request.method !== 'GET') return METHOD_NOT_ALLOWED
    if (resource === 'transactions' && id === undefined) return listTransactions(request.query)

    const [unknown] = request.query.keys()
    if (unknown !== undefined) return badRequest(`${unknown} is not a parameter here`)
    if (id === undefined) return { status: 200, json: wallets.map(walletRow) }
    if (resource === 'transactions') {
      const entry = ledger.get(id)
      return entry ? { status: 200, json: transactionRow(entry) } : NOT_FOUND
    }
    const wallet = wallets.find((other) => other.id === id)
    return wallet ? { status: 200, json: walletRow(wallet) } : NOT_FOUND
  }

  function listTransactions(values: URLSearchParams): UpstreamReply {
    const query = readListQuery(values)
    if (typeof query === 'string') return badRequest(query)
    const { wallet, offset, order, from, to } = query
    const limit = Math.min(query.limit, traits.maxLimit)
    const view = ledger.view(
      JSON.stringify([wallet, String(from), String(to)]),
      (entry, instant) =>
        (wallet === null || entry.from === wallet || entry.to === wallet) &&
        (from === null || instant >= from) &&
        (to === null || instant <= to),
    )
    const rows = order === 'asc' ? view.oldest(offset, limit) : view.newest(offset, limit)
    const total = traits.totalIgnoresFilters ? ledger.size() : view.length
    return {
      status: 200,
      headers: {
        ...(traits.headers.total && { 'X-Total-Count': String(total) }),
        ...(traits.headers.offset && { 'X-Offset': String(offset) }),
        ...(traits.headers.limit && { 'X-Limit': String(limit) }),
      },
      json: rows.map(transactionRow),
    }
  }

  if (options.data !== 'empty') {
    for (const wallet of YEAR_WALLETS) addWallet(wallet)
    ledger.load(yearOfEntries(wallets))
  }
  const [api, tokenHost] = await Promise.all([
    startUpstream({ handle: answer }),
    startUpstream({ handle: tokens.answer }),
  ])

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

// --- Answers -------------------------------------------------------------------------------------------------------

/** The token host. Tokens look like JWTs but say nothing; the same requests get the same tokens on every start. */
function createTokenIssuer(traits: KobbleSandboxTraits) {
  const random = createRandom(0x70ce2)
  const expiries = new Map<string, number>()

  function refuse(status: number, error: string): UpstreamReply {
    return { status, json: { error } }
  }

  function issue(scope: string): string {
    const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const header = { kid: 'sandbox', alg: 'RS256' }
    const claims = { sub: CLIENT.id, token_use: 'access', scope, client_id: CLIENT.id, jti: random.uuid() }
    return `${encode(header)}.${encode(claims)}.${random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', 86)}`
  }

  return {
    answer(request: UpstreamRequest): UpstreamReply {
      if (request.path !== '/oauth2/token') return NOT_FOUND
      if (request.method !== 'POST') return METHOD_NOT_ALLOWED
      const isForm = request.headers['content-type']?.split(';')[0] === 'application/x-www-form-urlencoded'
      const form = new URLSearchParams(isForm ? request.body : '')
      const scope = form.get('scope')
      if (!form.has('grant_type') || scope === null) return refuse(400, 'invalid_request')
      if (form.get('client_id') !== CLIENT.id || form.get('client_secret') !== CLIENT.secret) {
        return refuse(401, 'invalid_client')
      }
      if (form.get('grant_type') !== 'client_credentials') return refuse(400, 'unsupported_grant_type')
      if (!scope.split(' ').every((part) => SCOPES.includes(part))) return refuse(400, 'invalid_scope')

      const now = Date.now()
      for (const [token, expiresAt] of expiries) if (expiresAt <= now) expiries.delete(token)
      const access_token = issue(scope)
      expiries.set(access_token, now + traits.tokenLifeSeconds * 1000)
      return { status: 200, json: { access_token, expires_in: traits.tokenLifeSeconds, token_type: 'Bearer' } }
    },
    honours(authorization: string | undefined): boolean {
      const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? ''
      return (expiries.get(token) ?? 0) > Date.now()
    },
    revoke() {
      expiries.clear()
    },
  }
}

interface ListQuery {
  wallet: string | null
  offset: number
  limit: number
  order: string
  /** Nanoseconds since 1970; both bounds are inclusive. */
  from: bigint | null
  to: bigint | null
}

/** What a list request asks for, or what is wrong with it. Unknown and repeated parameters are wrong too. */
function readListQuery(values: URLSearchParams): ListQuery | string {
  for (const name of values.keys()) {
    if (!['wallet', 'offset', 'limit', 'order', 'from', 'to'].includes(name)) return `${name} is not a parameter here`
    if (values.getAll(name).length > 1) return `${name} must be given once`
  }
  const wallet = values.get('wallet')
  if (wallet === '') return 'wallet must be a wallet id'
  const offset = values.get('offset') ?? '0'
  if (!/^\d{1,15}$/.test(offset)) return 'offset must be a non-negative integer'
  const limit = values.get('limit') ?? String(DEFAULT_LIMIT)
  if (!/^[1-9]\d{0,14}$/.test(limit)) return 'limit must be a positive integer'
  const order = values.get('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') return 'order must be asc or desc'
  const [from, to] = ['from', 'to'].map((name) => (values.has(name) ? parseDateTime(values.get(name)!) : undefined))
  if (from === null) return 'from must be a date-time'
  if (to === null) return 'to must be a date-time'
  return { wallet, offset: Number(offset), limit: Number(limit), order, from: from ?? null, to: to ?? null }
}

function badRequest(message: string): UpstreamReply {
  return { status: 400, json: { message } }
}

function transactionRow(entry: KobbleSandboxEntry): unknown {
  return { ...entry, amount: exactNumber(entry.amount) }
}

function walletRow(wallet: KobbleSandboxWallet): unknown {
  return {
    ...wallet,
    total_amount: exactNumber(wallet.total_amount),
    amount: exactNumber(wallet.amount),
    reserved_amount: exactNumber(wallet.reserved_amount),
  }
}

/** Kobble sums up nothing. */
const NO_TALLY = { add() {}, subtract() {} }

// --- Made-up data --------------------------------------------------------------------------------------------------

const YEAR_START = Date.UTC(2025, 10, 1)
const YEAR_DAYS = 365
const YEAR_END = YEAR_START + YEAR_DAYS * DAY_MS

/** Sides of transactions that are no wallets of this client. */
const CARD_SCHEME = '5d0b7c9e-41f2-4a7d-8c36-0e9f1a2b3c4d'
const OUTSIDE_ACCOUNTS = [
  '8a1f0c2e-7b3d-4e5f-9a6b-1c2d3e4f5a6b',
  'b47e92d0-3c1a-4f8b-a5d6-7e8f90a1b2c3',
  '1e6d5c4b-a392-4871-b605-f4e3d2c1b0a9',
]

const YEAR_WALLETS: readonly Partial<KobbleSandboxWallet>[] = [
  { total_amount: '48210.35', amount: '47922.85', reserved_amount: '287.5', external_id: 'card-4242' },
  { total_amount: '1377.08', amount: '1377.08', external_id: 'card-0119' },
  { total_amount: '260945.6', amount: '260945.6' },
  { total_amount: '12.4', amount: '12.4', status: 'SUSPENDED' },
  { total_amount: '0', amount: '0', status: 'INACTIVE' },
  { total_amount: '0', amount: '0', account_number: null, bank_code_type: null, bank_code: null },
]
/**
 * The wallet that pays others, the day of the last transaction of each wallet, and the last four digits of its card.
 */
const PAYING_WALLET = 2
const LAST_DAYS = [YEAR_DAYS - 1, YEAR_DAYS - 1, YEAR_DAYS - 1, 250, 120, -1]
const CARDS = ['4242', '0119', '7730', '5508', '9921', '0000']
const PAYOUTS_PER_MONTH = 33

const MERCHANTS = [
  { name: 'Wattle Corner Grocer', city: 'Brunswick', mcc: '5411' },
  { name: 'Magpie Espresso', city: 'Fitzroy', mcc: '5814' },
  { name: 'Bluegum Hardware', city: 'Geelong', mcc: '5251' },
  { name: 'Coolabah Fuel Stop', city: 'Dubbo', mcc: '5541' },
  { name: 'Southern Cross Stationers', city: 'Hobart', mcc: '5943' },
  { name: 'Billabong Software Market', city: 'Sydney', mcc: '5734' },
  { name: 'Kookaburra Air', city: 'Brisbane', mcc: '4511' },
  { name: 'Lighthouse Pharmacy', city: 'Fremantle', mcc: '5912' },
]

function walletFrom(given: Partial<KobbleSandboxWallet>, ordinal: number, random: Random): KobbleSandboxWallet {
  return {
    id: random.uuid(),
    external_id: null,
    created_at: '2025-10-01T00:00:00.000Z',
    updated_at: '2025-10-01T00:00:00.000Z',
    holder_id: random.uuid(),
    asset: 'AUD',
    asset_class: 'CURRENCY',
    status: 'ACTIVE',
    partner_product: 'KOBBLE_AUD_1',
    total_amount: '100',
    amount: '100',
    reserved_amount: '0',
    account_number: String(ordinal).padStart(9, '0'),
    bank_code_type: 'BSB',
    bank_code: '000-000',
    owner: '0b9c6a1d-2f4e-4d83-97b5-6c8a0e1f2d3b',
    ...given,
  }
}

function entryFrom(given: Partial<KobbleSandboxEntry> & { id: string; created_at: string }): KobbleSandboxEntry {
  const { id, created_at, from = null, to = null, ...rest } = given
  const type = rest.type ?? (from === null ? 'MANUAL_CREDIT' : to === null ? 'MANUAL_DEBIT' : 'INTER_WALLET')
  return {
    id,
    amount: '1',
    asset: 'AUD',
    asset_class: 'CURRENCY',
    created_at,
    external_id: null,
    from,
    payment_type: type,
    reference: '',
    status: 'ACCEPTED',
    to,
    type,
    updated_at: created_at,
    metadata: {},
    info: null,
    ...rest,
  }
}

/** Cents as decimal text without needless zeros. */
function dollars(cents: number): string {
  return String(cents / 100)
}

/** What all transactions of one purchase by card share. */
function cardPurchase(random: Random, last4 = random.pick(CARDS)) {
  const { name, city, mcc } = random.pick(MERCHANTS)
  return {
    payment_type: 'CARD',
    amount: dollars(random.chance(0.1) ? random.integer(10_000, 250_000) : random.integer(250, 12_000)),
    external_id: random.chance(0.5) ? random.uuid() : random.text('123456789', 3),
    reference: random.chance(0.7) ? name : '',
    metadata: { merchant: { name, city, country: 'AUS', mcc }, card: { last4 } },
  }
}

function topUp(random: Random) {
  return {
    type: 'MANUAL_CREDIT',
    payment_type: 'MANUAL_CREDIT',
    amount: dollars(random.pick([5_000, 10_000, 25_000, 100_000, 149_950, 12_500_000])),
    reference: random.pick(['top-up', 'account funding', '']),
  }
}

/**
 * Transactions of 365 days from 2025-11-01 on, UTC, for the wallets of `YEAR_WALLETS`: the same ones on every start.
 */
function yearOfEntries(wallets: readonly KobbleSandboxWallet[]): KobbleSandboxEntry[] {
  const random = createRandom(0x2025_11_01)
  const entries: KobbleSandboxEntry[] = []

  function file(epochMs: number, made: Partial<KobbleSandboxEntry>): void {
    if (epochMs >= YEAR_END) return
    entries.push(entryFrom({ id: random.uuid(), created_at: new Date(epochMs).toISOString(), ...made }))
  }

  function buyByCard(epochMs: number, wallet: string, last4: string | undefined): void {
    const purchase = cardPurchase(random, last4)
    if (random.chance(0.07)) {
      const reason = random.pick(['INSUFFICIENT_FUNDS', 'CARD_BLOCKED', 'LIMIT_EXCEEDED'])
      file(epochMs, { ...purchase, type: 'CARD_SPEND', status: 'DECLINED', from: wallet, info: { reason } })
      return
    }
    // Settlements are posted in one batch at 16:00, one to three days later.
    const midnight = epochMs - (epochMs % DAY_MS)
    const settledAt = midnight + random.integer(1, 3) * DAY_MS + 16 * 3_600_000
    const open = settledAt >= YEAR_END
    file(epochMs, {
      ...purchase,
      type: 'RESERVATION',
      from: wallet,
      status: open ? 'PENDING' : 'ACCEPTED',
      updated_at: new Date(open ? epochMs : settledAt).toISOString(),
    })
    if (random.chance(0.08)) {
      file(epochMs + random.integer(60_000, DAY_MS), { ...purchase, type: 'REVERSAL', to: wallet })
      return
    }
    const info = { batch: new Date(settledAt).toISOString().slice(0, 10) }
    file(settledAt, { ...purchase, type: 'SETTLEMENT', from: wallet, to: CARD_SCHEME, info })
    if (random.chance(0.07)) {
      const refundedAt = settledAt + random.integer(DAY_MS, 9 * DAY_MS)
      file(refundedAt, { ...purchase, type: 'REFUND', from: random.chance(0.5) ? CARD_SCHEME : null, to: wallet })
    }
  }

  for (let day = 0; day < YEAR_DAYS; day += 1) {
    const midnight = YEAR_START + day * DAY_MS
    const open = wallets.filter((_, index) => day <= LAST_DAYS[index]!)
    const sometime = () => midnight + random.integer(0, DAY_MS - 1)
    const someWallet = () => random.pick(open).id

    for (let purchases = random.integer(0, 3); purchases > 0; purchases -= 1) {
      const wallet = someWallet()
      buyByCard(sometime(), wallet, CARDS[wallets.findIndex(({ id }) => id === wallet)])
    }
    if (random.chance(0.7)) {
      // Now and then both sides are the same wallet, or one side is an account elsewhere.
      const from = random.chance(0.06) ? random.pick(OUTSIDE_ACCOUNTS) : someWallet()
      const others = open.filter(({ id }) => id !== from)
      const to = random.chance(0.05)
        ? from
        : random.chance(0.08)
          ? random.pick(OUTSIDE_ACCOUNTS)
          : random.pick(others).id
      const status = random.chance(0.04) ? 'PENDING' : random.chance(0.04) ? 'DECLINED' : 'ACCEPTED'
      const amount = dollars(random.integer(100, 400_000))
      file(sometime(), {
        type: 'INTER_WALLET',
        from,
        to,
        status,
        amount,
        reference: random.pick(['rent', 'invoice 12', '']),
      })
    }
    if (random.chance(0.4)) file(sometime(), { ...topUp(random), to: someWallet() })
    if (day % 40 === 7)
      file(sometime(), { from: someWallet(), amount: dollars(random.integer(1, 5_000)), reference: 'fee' })

    const tomorrow = new Date(midnight + DAY_MS)
    if (tomorrow.getUTCDate() === 1) {
      const paying = wallets[PAYING_WALLET]!.id
      const paid = open.filter(({ id }) => id !== paying)
      for (let payout = 1; payout <= PAYOUTS_PER_MONTH; payout += 1) {
        file(midnight + 7 * 3_600_000, {
          type: 'INTER_WALLET',
          from: paying,
          to: payout % 3 === 0 ? random.pick(paid).id : random.pick(OUTSIDE_ACCOUNTS),
          amount: dollars(random.integer(50_000, 900_000)),
          reference: `payout ${payout}`,
          metadata: { run: new Date(midnight).toISOString().slice(0, 7) },
        })
      }
    }
  }
  return entries
}
