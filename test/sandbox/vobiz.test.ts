import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createVobizSandbox,
  type VobizSandbox,
  type VobizSandboxEntry,
} from '../../src/providers/vobiz/sandbox/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: the bodies are what these tests look into.
type Body = any

let sandbox: VobizSandbox

const credentials = () => ({
  'X-Auth-ID': sandbox.environment.VOBIZ_AUTH_ID!,
  'X-Auth-Token': sandbox.environment.VOBIZ_AUTH_TOKEN!,
})
const get = (path: string, headers: Record<string, string> = credentials()) =>
  fetch(sandbox.environment.VOBIZ_BASE_URL + path, { headers })
const read = async (path: string): Promise<Body> => (await get(path)).json()
const status = async (path: string) => (await get(path)).status
const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id)
const day = (entry: VobizSandboxEntry) => entry.created_at.slice(0, 10)

afterEach(() => sandbox.close())

describe('createVobizSandbox() with the year of data', () => {
  beforeEach(async () => {
    sandbox = await createVobizSandbox()
  })

  it('holds the same data on every start', async () => {
    const other = await createVobizSandbox()
    try {
      expect(other.entries).toEqual(sandbox.entries)
      expect(other.customers).toEqual(sandbox.customers)
    } finally {
      await other.close()
    }
  })

  it('spans the year, newest first', () => {
    const instants = sandbox.entries.map(({ created_at }) => Date.parse(created_at))

    expect(sandbox.entries.length).toBeGreaterThan(2500)
    expect(day(sandbox.entries[0]!)).toBe('2026-10-31')
    expect(day(sandbox.entries.at(-1)!)).toBe('2025-11-01')
    expect(instants).toEqual(instants.toSorted((one, other) => other - one))
    expect(new Set(ids(sandbox.entries)).size).toBe(sandbox.entries.length)
  })

  it('has large tie groups, within and across customers', () => {
    const groups = Map.groupBy(sandbox.entries, ({ created_at }) => created_at)
    const large = [...groups.values()].filter((group) => group.length >= 30)

    expect(large.length).toBeGreaterThan(5)
    for (const group of large) {
      const customers = Map.groupBy(group, ({ account_id }) => account_id)
      expect(customers.size).toBeGreaterThan(1)
      expect(Math.max(...[...customers.values()].map((rows) => rows.length))).toBeGreaterThan(5)
    }
  })

  it('has every kind of entry', () => {
    const values = (field: keyof VobizSandboxEntry) => new Set(sandbox.entries.map((entry) => entry[field]))

    expect(values('type')).toEqual(new Set(['credit', 'debit', 'did_rental']))
    expect(values('status')).toEqual(new Set(['completed', 'pending', 'failed', 'cancelled']))
    expect(values('transaction_type')).toEqual(new Set(['recharge', 'debit', 'refund', 'transfer', null]))
    expect(values('currency')).toEqual(new Set(['INR']))
    expect(values('amount')).toContain('1234567.89')
    expect([...values('amount')].some((amount) => /\.\d{5}$/.test(String(amount)))).toBe(true)
  })

  it('writes transfers on both ledgers, with a reference that carries the second', () => {
    const partner = sandbox.environment.VOBIZ_AUTH_ID!
    const transfers = sandbox.entries.filter((entry) => entry.transaction_type === 'transfer')
    const legs = Map.groupBy(transfers, ({ reference }) => reference)

    expect(transfers.length).toBeGreaterThan(100)
    for (const [reference, [customerLeg, partnerLeg, ...more]] of legs) {
      const [prefix, , customer, seconds] = reference!.split(':')
      expect([prefix, customer]).toEqual(['ptc', customerLeg!.account_id])
      expect(Number(seconds)).toBe(Math.floor(Date.parse(customerLeg!.created_at) / 1000))
      expect([customerLeg!.type, partnerLeg!.type, partnerLeg!.account_id, more]).toEqual([
        'credit',
        'debit',
        partner,
        [],
      ])
      expect(customerLeg!.description).toMatch(/^Transfer from partner /)
    }
  })

  it('has customers of every sort: without entries, inactive, abroad', () => {
    const active = new Set(sandbox.entries.map(({ account_id }) => account_id))

    expect(sandbox.customers).toHaveLength(8)
    expect(sandbox.customers.filter(({ auth_id }) => !active.has(auth_id))).toHaveLength(1)
    expect(sandbox.customers.filter(({ is_active }) => !is_active)).toHaveLength(1)
    expect(sandbox.customers.filter(({ country }) => country !== 'IN')).toHaveLength(1)
    for (const { auth_id } of sandbox.customers) expect(auth_id).toMatch(/^MA_[A-Z0-9]{8}$/)
  })

  it('gives every entry of the global ledger once, page by page', async () => {
    const rows: Body[] = []
    for (let page = 1; page <= Math.ceil(sandbox.globalEntries.length / 100); page += 1) {
      rows.push(...(await read(`/transactions?per_page=100&page=${page}`)).transactions)
    }
    expect(ids(rows)).toEqual(ids(sandbox.globalEntries))
  })

  it('gives every customer its own ledger', async () => {
    for (const { auth_id } of sandbox.customers) {
      const own = sandbox.entries.filter(({ account_id }) => account_id === auth_id)
      const body = await read(`/accounts/${auth_id}/transactions?per_page=100`)

      expect(body).toMatchObject({ total: own.length, page: 1, per_page: 100, account_auth_id: auth_id })
      expect(body.total_pages).toBe(Math.ceil(own.length / 100))
      expect(ids(body.transactions)).toEqual(ids(own.slice(0, 100)))
    }
  })

  it.each(['recharge', 'debit', 'refund', 'transfer'])('filters by the type %s', async (type) => {
    const expected = sandbox.globalEntries.filter(({ transaction_type }) => transaction_type === type)
    const body = await read(`/transactions?transaction_type=${type}&per_page=100`)

    expect(body.total).toBe(expected.length)
    expect(ids(body.transactions)).toEqual(ids(expected.slice(0, 100)))
  })

  it('filters by inclusive UTC days', async () => {
    const expected = sandbox.entries.filter((entry) => day(entry) >= '2026-03-01' && day(entry) <= '2026-03-02')
    const body = await read('/transactions?from_date=2026-03-01&to_date=2026-03-02&per_page=100')

    expect(expected.length).toBeGreaterThan(30)
    expect(ids(body.transactions)).toEqual(ids(expected))
    expect((await read('/transactions?from_date=2026-03-02&to_date=2026-03-01')).total).toBe(0)
  })

  it('filters the global ledger by account and by search', async () => {
    const customer = sandbox.customers[2]!
    const own = sandbox.globalEntries.filter(({ account_id }) => account_id === customer.auth_id)

    expect((await read(`/transactions?account=${customer.auth_id}`)).total).toBe(own.length)
    expect((await read(`/transactions?account=${sandbox.environment.VOBIZ_AUTH_ID}`)).total).toBeGreaterThan(50)
    expect((await read('/transactions?account=MA_NOBODY')).total).toBe(0)
    expect((await read(`/transactions?search=${customer.auth_id}&transaction_type=debit`)).total).toBe(
      own.filter(({ transaction_type }) => transaction_type === 'debit').length,
    )
    // The name is in the partner's transfer legs, too.
    expect((await read('/transactions?search=kaveri%20VALLEY')).total).toBeGreaterThan(own.length)
  })

  it('lacks one usage debit in the global ledger, in August 2026, and none elsewhere', async () => {
    const missing = sandbox.entries.filter((entry) => !sandbox.globalEntries.includes(entry))
    expect(missing).toMatchObject([{ ledger: 'own', transaction_type: 'debit', type: 'debit', status: 'completed' }])
    const [entry] = missing
    expect(day(entry!)).toMatch(/^2026-08-/)

    const thatDay = `from_date=${day(entry!)}&to_date=${day(entry!)}&per_page=100`
    const seenIn = async (path: string) => ids((await read(`${path}?${thatDay}`)).transactions).includes(entry!.id)
    expect(await seenIn(`/accounts/${entry!.account_id}/transactions`)).toBe(true)
    expect(await seenIn('/transactions')).toBe(false)
    const partner = sandbox.environment.VOBIZ_AUTH_ID
    for (const { account_id, ledger } of sandbox.globalEntries) {
      expect(ledger).toBe(account_id === partner ? 'global' : 'both')
    }
  })

  it('sums up the whole filtered list', async () => {
    const { summary, total } = await read('/transactions?from_date=2026-03-31&to_date=2026-03-31&per_page=1')
    const expected = sandbox.entries.filter((entry) => day(entry) === '2026-03-31')
    const sum = (list: readonly VobizSandboxEntry[]) => list.reduce((all, { amount }) => all + Number(amount), 0)

    expect(total).toBe(expected.length)
    expect(summary.total_transactions).toBe(expected.length)
    expect(summary.total_credit).toBeCloseTo(sum(expected.filter(({ type }) => type === 'credit')), 6)
    expect(summary.total_debit).toBeCloseTo(sum(expected.filter(({ type }) => type !== 'credit')), 6)
  })

  it('shows customers with all documented fields, and never a real secret', async () => {
    const { accounts } = await read('/accounts')

    expect(Object.keys(accounts[0])).toEqual(
      expect.arrayContaining(['auth_token', 'google_id', 'pricing_tier', 'gstin']),
    )
    expect(accounts[0].pricing_tier).toMatchObject({ currency: 'INR', is_default: true })
    expect(accounts[0].created_at).toMatch(/\+00:00$/)
    for (const { auth_token } of accounts) expect(auth_token).toContain('not-a-real-token')
  })

  it('grows by one plausible entry at the given time, the same one on every start', async () => {
    const other = await createVobizSandbox()
    try {
      const before = sandbox.entries.length
      const now = Date.UTC(2026, 10, 20, 9, 30)
      for (let step = 0; step < 50; step += 1) {
        sandbox.grow(now + step)
        other.grow(now + step)
      }
      expect(sandbox.entries).toHaveLength(before + 50)
      expect(sandbox.entries).toEqual(other.entries)
      expect(Date.parse(sandbox.entries[0]!.created_at)).toBe(now + 49)
      expect(sandbox.customers.map(({ auth_id }) => auth_id)).toContain(sandbox.entries[0]!.account_id)
      expect((await read('/transactions?per_page=1')).transactions[0].id).toBe(sandbox.entries[0]!.id)
    } finally {
      await other.close()
    }
  })
})

describe('createVobizSandbox() without data', () => {
  beforeEach(async () => {
    sandbox = await createVobizSandbox({ data: 'empty' })
  })

  it('has neither customers nor entries', async () => {
    expect(await read('/accounts')).toEqual({ accounts: [], total: 0, page: 1, size: 20 })
    expect(await read('/transactions')).toEqual({
      transactions: [],
      summary: { total_transactions: 0, total_debit: 0, total_credit: 0, net_amount: 0, by_reference_type: [] },
      total: 0,
      page: 1,
      per_page: 20,
      total_pages: 0,
    })
  })

  it('answers 401 in a documented shape without the right pair of headers', async () => {
    const wrong: Record<string, string>[] = [
      {},
      { 'X-Auth-ID': credentials()['X-Auth-ID'] },
      { ...credentials(), 'X-Auth-Token': 'wrong' },
      { ...credentials(), 'X-Auth-ID': 'PA_OTHER' },
    ]
    for (const headers of wrong) {
      const response = await get('/accounts', headers)
      expect(response.status).toBe(401)
      expect(await response.json()).toEqual({
        status: 'error',
        error: { code: 'INVALID_CREDENTIALS', message: expect.any(String), details: {} },
        timestamp: expect.any(String),
        requestId: expect.stringMatching(/^req_/),
      })
    }
  })

  it('answers 404 for unknown paths and ids', async () => {
    sandbox.addCustomer({ auth_id: 'MA_1' })
    for (const path of ['/', '/Accounts', '/accounts/', '/accounts/MA_2', '/accounts/MA_2/transactions']) {
      expect([path, await status(path)]).toEqual([path, 404])
    }
    for (const path of ['/accounts/MA_1/cdrs', '/accounts/MA_1/transactions/1', '/transactions/1', '/ledger']) {
      expect([path, await status(path)]).toEqual([path, 404])
    }
    const partner = sandbox.environment.VOBIZ_AUTH_ID
    expect(await status(`/accounts/${partner}/transactions`)).toBe(404)
    expect(await status('/accounts/MA_1/transactions')).toBe(200)
  })

  it('answers 405 for other methods', async () => {
    const response = await fetch(`${sandbox.server.url}/accounts`, { method: 'POST', headers: credentials() })
    expect(response.status).toBe(405)
  })

  it('answers rows exactly as documented, absent references left out', async () => {
    const { auth_id } = sandbox.addCustomer()
    const instant = '2026-05-07T07:51:50.402147Z'
    const plain = sandbox.add({ account_id: auth_id, amount: '250', type: 'credit', created_at: instant })
    const full = sandbox.add({ account_id: auth_id, amount: '0.90', reference: 'cdr:1', reference_type: 'cdr' })
    const text = await (await get(`/accounts/${auth_id}/transactions`)).text()
    const [second, first] = JSON.parse(text).transactions

    expect(first).toEqual({
      id: plain.id,
      account_id: auth_id,
      balance_id: plain.balance_id,
      type: 'credit',
      amount: 250,
      currency: 'INR',
      description: plain.description,
      status: 'completed',
      processed_at: instant,
      created_at: instant,
      updated_at: instant,
    })
    expect(second).toMatchObject({
      id: full.id,
      balance_id: plain.balance_id,
      reference: 'cdr:1',
      reference_type: 'cdr',
    })
    expect(second).not.toHaveProperty('transaction_type')
    expect(text).toContain('"amount":0.90,')
  })

  it('keeps every digit of amounts and sums', async () => {
    sandbox.add({ type: 'credit', amount: '9007199254740993.000000001' })
    sandbox.add({ type: 'debit', amount: '1e-7', reference_type: 'cdr' })
    sandbox.add({ type: 'debit', amount: '0.1', reference_type: 'cdr' })
    const text = await (await get('/transactions')).text()

    expect(text).toContain('"amount":9007199254740993.000000001,')
    expect(text).toContain('"amount":1e-7,')
    expect(text).toContain(
      '"summary":{"total_transactions":3,"total_debit":0.1000001,"total_credit":9007199254740993.000000001,' +
        '"net_amount":9007199254740992.899999901,"by_reference_type":[' +
        '{"reference_type":"cdr","total_debit":0.1000001,"total_credit":0,"count":2},' +
        '{"reference_type":"unknown","total_debit":0,"total_credit":9007199254740993.000000001,"count":1}]}',
    )
  })

  it('refuses amounts that it could not send', () => {
    for (const amount of ['', '1,5', 'NaN', '007', '.5', '"1"'])
      expect(() => sandbox.add({ amount })).toThrow(RangeError)
    expect(() => sandbox.update(sandbox.add().id, { amount: 'x' })).toThrow(RangeError)
  })

  it('pages through any number of rows, past the end too', async () => {
    for (let count = 0; count <= 7; count += 1) {
      for (const perPage of [1, 2, 3, 7, 100]) {
        for (let page = 1; page <= 9; page += 1) {
          const body = await read(`/transactions?page=${page}&per_page=${perPage}`)
          const expected = sandbox.entries.slice((page - 1) * perPage, page * perPage)
          expect(ids(body.transactions)).toEqual(ids(expected))
          expect(body).toMatchObject({ total: count, page, per_page: perPage, total_pages: Math.ceil(count / perPage) })
        }
      }
      sandbox.add()
    }
  })

  it('answers twenty rows by default', async () => {
    sandbox.load(Array.from({ length: 25 }, () => ({})))
    const body = await read('/transactions')

    expect([body.transactions.length, body.per_page, body.total_pages]).toEqual([20, 20, 2])
  })

  it('refuses bad values with 422 and names them', async () => {
    const response = await get(
      '/transactions?page=0&per_page=x&from_date=2026-02-30&to_date=2026-3-1&transaction_type=credit&q=1',
    )
    const body: Body = await response.json()

    expect(response.status).toBe(422)
    expect(body.status).toBe('error')
    expect(body.error.code).toBe('VALIDATION_ERROR')
    expect(body.error.details.errors.map(({ field, value }: Body) => [field, value])).toEqual([
      ['q', '1'],
      ['page', '0'],
      ['per_page', 'x'],
      ['from_date', '2026-02-30'],
      ['to_date', '2026-3-1'],
      ['transaction_type', 'credit'],
    ])
  })

  it.each([
    '/transactions?page=',
    '/transactions?page=1.5',
    '/transactions?page=-1',
    '/transactions?page=1&page=2',
    '/transactions?from_date=2026-01-01T00:00:00Z',
    '/transactions?per_page=101',
    '/accounts?per_page=101',
    '/accounts?size=10',
    '/accounts/MA_1?page=1',
    '/accounts/MA_1/transactions?account=MA_1',
    '/accounts/MA_1/transactions?search=x',
  ])('refuses %s with 422', async (path) => {
    sandbox.addCustomer({ auth_id: 'MA_1' })
    expect(await status(path)).toBe(422)
  })

  it('takes the largest page size that it allows', async () => {
    expect(await status('/transactions?per_page=100')).toBe(200)
    sandbox.traits.perPage = { max: 50 }
    expect(await status('/transactions?per_page=50')).toBe(200)
    expect(await status('/transactions?per_page=51')).toBe(422)
  })

  it('clamps larger pages when the traits say so, and echoes what it applied', async () => {
    sandbox.traits.perPage = { clampTo: 3 }
    sandbox.load(Array.from({ length: 8 }, () => ({})))
    const body = await read('/transactions?per_page=500&page=2')

    expect(ids(body.transactions)).toEqual(ids(sandbox.entries.slice(3, 6)))
    expect(body).toMatchObject({ per_page: 3, total_pages: 3 })
    expect((await read('/transactions?per_page=2')).per_page).toBe(2)
  })

  it('answers one page size only when the traits say so', async () => {
    sandbox.traits.perPage = { fixed: 5 }
    sandbox.load(Array.from({ length: 8 }, () => ({})))
    const body = await read('/transactions?per_page=2&page=2')

    expect(ids(body.transactions)).toEqual(ids(sandbox.entries.slice(5)))
    expect(body).toMatchObject({ per_page: 5, total_pages: 2 })
  })

  it('leaves the page size out of the answer when the traits say so', async () => {
    sandbox.traits.perPage = { echo: false }
    const body = await read('/transactions')

    expect(body).not.toHaveProperty('per_page')
    expect(body).toHaveProperty('total_pages')
  })

  it.each([403, 404, 405, 501] as const)('answers %i when the global ledger is not offered', async (refusal) => {
    sandbox.traits.globalLedger = refusal
    sandbox.addCustomer({ auth_id: 'MA_1' })

    expect(await status('/transactions')).toBe(refusal)
    expect(await status('/accounts/MA_1/transactions')).toBe(200)
    expect((await get('/transactions', {})).status).toBe(401)
  })

  it('answers something that is not the envelope when the traits say so', async () => {
    sandbox.traits.globalLedger = 'not-an-array'
    const response = await get('/transactions')
    const body: Body = await response.json()

    expect(response.status).toBe(200)
    expect(Array.isArray(body.transactions)).toBe(false)
  })

  it('leaves the summary out, or all zero, when the traits say so', async () => {
    sandbox.add({ reference_type: 'cdr' })
    sandbox.traits.summary = 'zero'
    expect((await read('/transactions')).summary).toEqual({
      total_transactions: 0,
      total_debit: 0,
      total_credit: 0,
      net_amount: 0,
      by_reference_type: [],
    })
    sandbox.traits.summary = 'absent'
    expect(await read('/transactions')).not.toHaveProperty('summary')
  })

  it('cuts days in the time zone of the traits', async () => {
    const instants = [
      '2026-01-01T18:29:59.999999Z',
      '2026-01-01T18:30:00Z',
      '2026-01-02T18:29:59.999999Z',
      '2026-01-02T18:30:00Z',
    ]
    sandbox.load(instants.map((created_at) => ({ created_at })))
    const days = '/transactions?from_date=2026-01-02&to_date=2026-01-02'
    const seen = async () => (await read(days)).transactions.map((row: Body) => row.created_at).toReversed()

    expect(await seen()).toEqual([instants[2], instants[3]])
    sandbox.traits.dayOffsetMinutes = 330
    expect(await seen()).toEqual([instants[1], instants[2]])
  })

  it('takes its first traits as options', async () => {
    const other = await createVobizSandbox({ data: 'empty', traits: { summary: 'absent' } })
    await other.close()

    expect(other.traits).toEqual({ globalLedger: 'offered', perPage: {}, summary: 'absent', dayOffsetMinutes: 0 })
  })

  it('lists customers by page and search', async () => {
    const names = ['Ashoka Mills', 'Brahmi Labs', 'Chandan Mills']
    for (const name of names) sandbox.addCustomer({ name })
    sandbox.addCustomer({ name: 'Other', email: 'mills@other.example' })
    const second = await read('/accounts?page=2&per_page=3')
    const found = await read('/accounts?search=MILLS')

    expect(second).toMatchObject({ total: 4, page: 2, size: 3, accounts: [{ name: 'Other' }] })
    expect(second).not.toHaveProperty('total_pages')
    expect(found.accounts.map(({ name }: Body) => name)).toEqual(['Ashoka Mills', 'Chandan Mills', 'Other'])
    expect((await read('/accounts?page=9')).accounts).toEqual([])
  })

  it('answers one customer with fewer fields, and its balance', async () => {
    const customer = sandbox.addCustomer({ auth_id: 'MA_1', name: 'Example Ltd', cash_credits: '1300.00000' })
    const single = await read('/accounts/MA_1')

    expect(single).toMatchObject({
      auth_id: 'MA_1',
      auth_token: customer.auth_token,
      pricing_tier: { currency: 'INR' },
    })
    expect(single).not.toHaveProperty('base_cps_limit')
    expect(await read('/accounts/MA_1/balance')).toEqual({
      auth_id: 'MA_1',
      name: 'Example Ltd',
      cash_credits: '1300.00000',
      currency: 'INR',
      updated_at: customer.updated_at,
    })
  })

  it('changes customers, and finds entries by their new names', async () => {
    sandbox.add({ account_id: sandbox.addCustomer({ auth_id: 'MA_1', name: 'Before' }).auth_id })
    expect((await read('/transactions?search=before')).total).toBe(1)
    sandbox.updateCustomer('MA_1', { name: 'After', is_active: false })

    expect((await read('/transactions?search=before')).total).toBe(0)
    expect((await read('/transactions?search=after')).total).toBe(1)
    expect(sandbox.customers).toMatchObject([{ auth_id: 'MA_1', name: 'After', is_active: false }])
    expect(() => sandbox.updateCustomer('MA_2', {})).toThrow(RangeError)
  })

  it('keeps an entry out of one of the two ledgers, sums and all', async () => {
    sandbox.addCustomer({ auth_id: 'MA_1' })
    const both = sandbox.add({ amount: '1' })
    const own = sandbox.add({ amount: '2', ledger: 'own' })
    const global = sandbox.add({ amount: '4', ledger: 'global' })
    const partner = sandbox.add({ amount: '8', account_id: sandbox.environment.VOBIZ_AUTH_ID! })
    const seen = async (path: string) => {
      const { transactions, total, summary } = await read(path)
      return [ids(transactions), total, summary.total_debit]
    }

    expect(await seen('/transactions')).toEqual([ids([partner, global, both]), 3, 13])
    expect(await seen('/transactions?account=MA_1')).toEqual([ids([global, both]), 2, 5])
    expect(await seen('/accounts/MA_1/transactions')).toEqual([ids([own, both]), 2, 3])
    sandbox.update(own.id, { ledger: 'both' })
    expect(await seen('/transactions')).toEqual([ids([partner, global, own, both]), 4, 15])
    expect(ids(sandbox.globalEntries)).toEqual(ids(sandbox.entries))
  })

  it('adds, back-dates, changes and removes entries between requests', async () => {
    const seen = async () => ids((await read('/transactions')).transactions)
    const a = sandbox.add({ created_at: '2026-01-01T00:00:00Z' })
    const b = sandbox.add({ created_at: '2026-01-03T00:00:00Z' })
    expect(await seen()).toEqual([b.id, a.id])
    const tie = sandbox.add({ created_at: '2026-01-01T00:00:00Z' })
    expect(await seen()).toEqual([b.id, tie.id, a.id])
    sandbox.update(a.id, { created_at: '2026-01-04T00:00:00Z', status: 'failed' })
    expect(await seen()).toEqual([a.id, b.id, tie.id])
    sandbox.remove(b.id)
    expect(await seen()).toEqual([a.id, tie.id])
    expect(sandbox.entries[0]).toMatchObject({ id: a.id, status: 'failed' })
    expect((await read('/transactions')).summary.total_transactions).toBe(2)
    expect(() => sandbox.remove(b.id)).toThrow(RangeError)
    expect(() => sandbox.update(b.id, {})).toThrow(RangeError)
  })

  it('grows from nothing', async () => {
    sandbox.grow(Date.UTC(2026, 10, 20))

    expect((await read('/accounts')).total).toBe(1)
    expect((await read(`/accounts/${sandbox.customers[0]!.auth_id}/transactions`)).total).toBe(1)
  })

  it('makes up what an added entry leaves out, with a customer when there is none', async () => {
    const first = sandbox.add()
    const next = sandbox.add({ transaction_type: 'refund' })

    expect(sandbox.customers.map(({ auth_id }) => auth_id)).toEqual([first.account_id])
    expect(next).toMatchObject({ account_id: first.account_id, type: 'credit', status: 'completed' })
    expect(Date.parse(next.created_at) - Date.parse(first.created_at)).toBe(1000)
  })

  it('returns the right pages of a long ledger while it grows', async () => {
    for (let index = 0; index < 10_000; index += 1) sandbox.add()
    for (let page = 1; page <= 100; page += 10) {
      sandbox.add()
      const body = await read(`/transactions?per_page=100&page=${page}`)
      expect(body.transactions[0].id).toBe(sandbox.entries[(page - 1) * 100]!.id)
      expect(body.total).toBe(sandbox.entries.length)
    }
  })

  it('works after an answer failed on demand', async () => {
    sandbox.server.fault({ kind: 'reply', times: 1, reply: { status: 429, headers: { 'Retry-After': '1' } } })
    expect([await status('/transactions'), await status('/transactions')]).toEqual([429, 200])
    expect(sandbox.server.requests.map(({ path }) => path)).toEqual(['/transactions', '/transactions'])
  })
})
