import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createKobbleSandbox,
  type KobbleSandbox,
  type KobbleSandboxEntry,
} from '../../src/providers/kobble/sandbox/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: the bodies are what these tests look into.
type Body = any

let sandbox: KobbleSandbox
let token: string

const goodForm = () => ({
  grant_type: 'client_credentials',
  client_id: sandbox.environment.KOBBLE_CLIENT_ID!,
  client_secret: sandbox.environment.KOBBLE_CLIENT_SECRET!,
  scope: 'client/read',
})
const askToken = (form: Record<string, string> = goodForm()) =>
  fetch(sandbox.environment.KOBBLE_TOKEN_URL!, { method: 'POST', body: new URLSearchParams(form) })
const newToken = async () => ((await (await askToken()).json()) as Body).access_token as string
const get = (path: string, headers: Record<string, string> = { authorization: `Bearer ${token}` }) =>
  fetch(`${sandbox.environment.KOBBLE_BASE_URL}/customers/v1${path}`, { headers })
const read = async (path: string): Promise<Body> => (await get(path)).json()
const status = async (path: string) => (await get(path)).status
const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id)
const paging = ({ headers }: Response) => ['x-total-count', 'x-offset', 'x-limit'].map((name) => headers.get(name))

afterEach(() => sandbox.close())

describe('createKobbleSandbox() with the year of data', () => {
  beforeEach(async () => {
    sandbox = await createKobbleSandbox()
    token = await newToken()
  })

  it('holds the same data on every start', async () => {
    const other = await createKobbleSandbox()
    try {
      expect(other.entries).toEqual(sandbox.entries)
      expect(other.wallets).toEqual(sandbox.wallets)
    } finally {
      await other.close()
    }
  })

  it('spans the year, newest first', () => {
    const instants = sandbox.entries.map(({ created_at }) => created_at)

    expect(sandbox.entries.length).toBeGreaterThan(1700)
    expect(instants[0]).toMatch(/^2026-10-31T/)
    expect(instants.at(-1)).toMatch(/^2025-11-01T/)
    expect(instants).toEqual(instants.toSorted().toReversed())
    for (const instant of instants) expect(instant).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
    expect(new Set(ids(sandbox.entries)).size).toBe(sandbox.entries.length)
  })

  it('has large tie groups', () => {
    const groups = Map.groupBy(sandbox.entries, ({ created_at }) => created_at)
    expect([...groups.values()].filter((group) => group.length >= 30).length).toBe(12)
  })

  it('has every kind of transaction', () => {
    const values = (field: keyof KobbleSandboxEntry) => new Set(sandbox.entries.map((entry) => entry[field]))
    const wallets: (string | null)[] = ids(sandbox.wallets)

    expect(values('payment_type')).toEqual(new Set(['CARD', 'INTER_WALLET', 'MANUAL_CREDIT', 'MANUAL_DEBIT']))
    expect(values('status')).toEqual(new Set(['ACCEPTED', 'DECLINED', 'PENDING']))
    expect(values('type')).toEqual(
      new Set([
        'CARD_SPEND',
        'INTER_WALLET',
        'MANUAL_CREDIT',
        'MANUAL_DEBIT',
        'REFUND',
        'RESERVATION',
        'REVERSAL',
        'SETTLEMENT',
      ]),
    )
    expect(sandbox.entries.some(({ from, to }) => from !== null && from === to)).toBe(true)
    expect(sandbox.entries.some(({ from }) => from === null)).toBe(true)
    expect(sandbox.entries.some(({ to }) => to === null)).toBe(true)
    expect(sandbox.entries.some(({ from }) => from !== null && !wallets.includes(from))).toBe(true)
    expect(sandbox.entries.some(({ to }) => to !== null && !wallets.includes(to))).toBe(true)
  })

  it('settles or reverses each accepted reservation, later and under the same external id', () => {
    const later = sandbox.entries.filter(({ type }) => type === 'SETTLEMENT' || type === 'REVERSAL')
    const early = sandbox.entries.filter(
      ({ type, created_at, status }) => type === 'RESERVATION' && status === 'ACCEPTED' && created_at < '2026-10-28',
    )
    expect(early.length).toBeGreaterThan(300)
    for (const { external_id, amount, created_at } of early) {
      const found = later.filter((entry) => entry.external_id === external_id && entry.amount === amount)
      expect(found.some((entry) => entry.created_at > created_at)).toBe(true)
    }
  })

  it('has wallets of every sort: inactive, suspended, empty', () => {
    const moved = new Set(sandbox.entries.flatMap(({ from, to }) => [from, to]))

    expect(sandbox.wallets.map(({ status }) => status).toSorted()).toEqual([
      'ACTIVE',
      'ACTIVE',
      'ACTIVE',
      'ACTIVE',
      'INACTIVE',
      'SUSPENDED',
    ])
    expect(sandbox.wallets.filter(({ id }) => !moved.has(id))).toHaveLength(1)
  })

  it('gives every transaction once, page by page, in both orders', async () => {
    for (const order of ['asc', 'desc']) {
      const rows: Body[] = []
      for (let offset = 0; offset < sandbox.entries.length; offset += 100) {
        rows.push(...(await read(`/transactions?order=${order}&limit=100&offset=${offset}`)))
      }
      expect(ids(rows)).toEqual(ids(order === 'asc' ? sandbox.entries.toReversed() : sandbox.entries))
    }
  })

  it('filters by either side of a wallet', async () => {
    for (const { id } of sandbox.wallets) {
      const own = sandbox.entries.filter(({ from, to }) => from === id || to === id)
      const response = await get(`/transactions?wallet=${id}&limit=100`)

      expect(paging(response)).toEqual([String(own.length), '0', '100'])
      expect(ids((await response.json()) as Body)).toEqual(ids(own.slice(0, 100)))
    }
  })

  it('filters by inclusive instants', async () => {
    const [newest, oldest] = [sandbox.entries[10]!.created_at, sandbox.entries[40]!.created_at]
    const expected = sandbox.entries.filter(({ created_at }) => created_at >= oldest && created_at <= newest)
    const rows = await read(`/transactions?from=${oldest}&to=${newest}&limit=100`)

    expect(expected.length).toBeGreaterThan(30)
    expect(ids(rows)).toEqual(ids(expected))
  })

  it('grows by one plausible transaction at the given time, the same one on every start', async () => {
    const other = await createKobbleSandbox()
    try {
      const before = sandbox.entries.length
      const now = Date.UTC(2026, 10, 20, 9, 30)
      for (let step = 0; step < 50; step += 1) {
        sandbox.grow(now + step)
        other.grow(now + step)
      }
      expect(sandbox.entries).toHaveLength(before + 50)
      expect(sandbox.entries).toEqual(other.entries)
      expect(sandbox.entries[0]!.created_at).toBe(new Date(now + 49).toISOString())
      expect((await read('/transactions?limit=1'))[0].id).toBe(sandbox.entries[0]!.id)
    } finally {
      await other.close()
    }
  })
})

describe('createKobbleSandbox() without data', () => {
  beforeEach(async () => {
    sandbox = await createKobbleSandbox({ data: 'empty' })
    token = await newToken()
  })

  it('has neither wallets nor transactions', async () => {
    const response = await get('/transactions')

    expect(paging(response)).toEqual(['0', '0', '20'])
    expect(await response.json()).toEqual([])
    expect(await read('/wallets')).toEqual([])
  })

  it('answers rows exactly as documented', async () => {
    const entry = sandbox.add({
      amount: '25.50',
      created_at: '2025-06-02T01:20:30.123Z',
      external_id: '111',
      from: 'a3c8e1de-6b0f-4e0e-8a83-2f8a8c9f7b21',
      to: 'c9d54f0b-0d3e-4a75-9f5e-51a6f7c0de32',
      reference: 'rent June',
      metadata: { deep: [1, { more: null }] },
    })
    const text = await (await get('/transactions')).text()
    const [row] = JSON.parse(text)

    expect(row).toEqual({
      id: entry.id,
      amount: 25.5,
      asset: 'AUD',
      asset_class: 'CURRENCY',
      created_at: '2025-06-02T01:20:30.123Z',
      external_id: '111',
      from: 'a3c8e1de-6b0f-4e0e-8a83-2f8a8c9f7b21',
      payment_type: 'INTER_WALLET',
      reference: 'rent June',
      status: 'ACCEPTED',
      to: 'c9d54f0b-0d3e-4a75-9f5e-51a6f7c0de32',
      type: 'INTER_WALLET',
      updated_at: '2025-06-02T01:20:30.123Z',
      metadata: { deep: [1, { more: null }] },
      info: null,
    })
    expect(text).toContain('"amount":25.50,')
    expect(await (await get(`/transactions/${entry.id}`)).text()).toBe(text.slice(1, -1))
  })

  it('answers wallets as a bare array, and one by one', async () => {
    const wallet = sandbox.addWallet({ total_amount: '100.10', amount: '100', reserved_amount: '0.10' })
    sandbox.addWallet({ status: 'SUSPENDED' })
    const text = await (await get('/wallets')).text()
    const [first, second] = JSON.parse(text)

    expect(text).toContain('"total_amount":100.10,')
    expect(first).toEqual({ ...wallet, total_amount: 100.1, amount: 100, reserved_amount: 0.1 })
    expect(second.status).toBe('SUSPENDED')
    expect(Object.keys(first)).toEqual(
      expect.arrayContaining(['account_number', 'bank_code_type', 'bank_code', 'owner']),
    )
    expect(await read(`/wallets/${wallet.id}`)).toEqual(first)
  })

  it('answers 404 for unknown paths and ids', async () => {
    for (const path of ['', '/cards', '/transactions/', '/transactions/nope', '/wallets/nope', '/wallets/a/b']) {
      const response = await get(path)
      expect([path, response.status, await response.json()]).toEqual([path, 404, { message: 'Not Found' }])
    }
  })

  it('answers 405 for other methods', async () => {
    const init = { method: 'POST', headers: { authorization: `Bearer ${token}` } }
    expect((await fetch(`${sandbox.api.url}/customers/v1/transactions`, init)).status).toBe(405)
    expect((await fetch(sandbox.environment.KOBBLE_TOKEN_URL!)).status).toBe(405)
    expect((await fetch(`${sandbox.tokens.url}/oauth2/other`, { method: 'POST' })).status).toBe(404)
  })

  it('slices from both ends, past the end too', async () => {
    for (let count = 0; count <= 6; count += 1) {
      for (const order of ['asc', 'desc']) {
        const list = order === 'asc' ? sandbox.entries.toReversed() : sandbox.entries
        for (let offset = 0; offset <= 8; offset += 1) {
          for (const limit of [1, 2, 3, 100]) {
            const response = await get(`/transactions?order=${order}&offset=${offset}&limit=${limit}`)
            expect(paging(response)).toEqual([String(count), String(offset), String(limit)])
            expect(ids((await response.json()) as Body)).toEqual(ids(list.slice(offset, offset + limit)))
          }
        }
      }
      // Every second one shares its instant with the one before.
      sandbox.add({ created_at: `2026-01-01T00:00:0${Math.floor(count / 2)}.000Z` })
    }
  })

  it('answers the twenty newest by default', async () => {
    sandbox.load(Array.from({ length: 25 }, () => ({})))
    expect(ids(await read('/transactions'))).toEqual(ids(sandbox.entries.slice(0, 20)))
  })

  it.each([
    'offset=-1',
    'offset=1.5',
    'offset=',
    'limit=0',
    'limit=ten',
    'limit=1&limit=2',
    'order=asc,desc',
    'order=ASC',
    'wallet=',
    'from=2026-01-01',
    'from=2026-02-30T00:00:00Z',
    'to=2026-01-01T00:00:00',
    'status=ACCEPTED',
  ])('refuses %s with 400', async (query) => {
    const response = await get(`/transactions?${query}`)

    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ message: expect.stringContaining(query.split('=')[0]!) })
  })

  it('takes no parameters elsewhere', async () => {
    expect(await status('/wallets?limit=10')).toBe(400)
    expect(await status(`/transactions/${sandbox.add().id}?limit=10`)).toBe(400)
  })

  it('takes bounds in any offset and with any digits', async () => {
    sandbox.add({ created_at: '2026-01-01T00:00:00.500Z' })
    const count = async (query: string) => (await read(`/transactions?${query}`)).length

    expect(await count('from=2026-01-01T00:00:00.5Z&to=2026-01-01T00:00:00.500000Z')).toBe(1)
    expect(await count('from=2026-01-01T10:00:00.500%2B10:00')).toBe(1)
    expect(await count('from=2026-01-01T00:00:00.501Z')).toBe(0)
    expect(await count('to=2026-01-01T00:00:00.499999999Z')).toBe(0)
  })

  it('clamps the limit and reports it in X-Limit', async () => {
    sandbox.load(Array.from({ length: 8 }, () => ({})))
    sandbox.traits.maxLimit = 3
    const response = await get('/transactions?limit=5&offset=2')

    expect(paging(response)).toEqual(['8', '2', '3'])
    expect(ids((await response.json()) as Body)).toEqual(ids(sandbox.entries.slice(2, 5)))
    sandbox.traits.maxLimit = 100
    expect(paging(await get('/transactions?limit=101'))).toEqual(['8', '0', '100'])
  })

  it('leaves out the paging headers that the traits turn off', async () => {
    sandbox.traits.headers = { total: false, offset: true, limit: false }
    expect(paging(await get('/transactions'))).toEqual([null, '0', null])
    sandbox.traits.headers = { total: false, offset: false, limit: false }
    expect(paging(await get('/transactions'))).toEqual([null, null, null])
  })

  it('counts without regard to the filter when the traits say so', async () => {
    sandbox.load([{ to: 'wallet-a' }, { to: 'wallet-b' }, { from: 'wallet-a' }])
    const total = async () => paging(await get('/transactions?wallet=wallet-a'))[0]

    expect(await total()).toBe('2')
    sandbox.traits.totalIgnoresFilters = true
    expect(await total()).toBe('3')
  })

  it('takes its first traits as options', async () => {
    const other = await createKobbleSandbox({ data: 'empty', traits: { maxLimit: 7 } })
    await other.close()

    expect(other.traits).toEqual({
      maxLimit: 7,
      headers: { total: true, offset: true, limit: true },
      totalIgnoresFilters: false,
      tokenLifeSeconds: 3600,
    })
  })

  it('adds, back-dates, changes and removes transactions between requests', async () => {
    const seen = async () => ids(await read('/transactions'))
    const a = sandbox.add({ created_at: '2026-01-01T00:00:00.000Z' })
    const b = sandbox.add({ created_at: '2026-01-03T00:00:00.000Z' })
    const tie = sandbox.add({ created_at: '2026-01-01T00:00:00.000Z' })
    expect(await seen()).toEqual([b.id, tie.id, a.id])
    sandbox.update(a.id, { status: 'DECLINED' })
    expect(await seen()).toEqual([b.id, tie.id, a.id])
    expect(await read(`/transactions/${a.id}`)).toMatchObject({ status: 'DECLINED' })
    sandbox.remove(b.id)
    expect(await seen()).toEqual([tie.id, a.id])
    expect(await status(`/transactions/${b.id}`)).toBe(404)
    expect(() => sandbox.remove(b.id)).toThrow(RangeError)
    expect(() => sandbox.update(a.id, { amount: '1,5' })).toThrow(SyntaxError)
  })

  it('grows from nothing', async () => {
    sandbox.grow(Date.UTC(2026, 10, 20))

    const [{ id }] = await read('/wallets')
    expect(await read(`/transactions?wallet=${id}`)).toHaveLength(1)
  })

  it('makes up what an added transaction leaves out', () => {
    const first = sandbox.add()
    const next = sandbox.add({ from: first.to })

    expect(sandbox.wallets.map(({ id }) => id)).toEqual([first.to])
    expect(first).toMatchObject({
      from: null,
      type: 'MANUAL_CREDIT',
      payment_type: 'MANUAL_CREDIT',
      status: 'ACCEPTED',
    })
    expect(next).toMatchObject({ from: first.to, to: null, type: 'MANUAL_DEBIT' })
    expect(Date.parse(next.created_at) - Date.parse(first.created_at)).toBe(1000)
  })

  it('answers 401 without a token that it issued', async () => {
    const wrong: Record<string, string>[] = [
      {},
      { authorization: token },
      { authorization: `Basic ${token}` },
      { authorization: `Bearer ${token}x` },
      { authorization: 'Bearer ' },
    ]
    for (const headers of wrong) {
      const response = await get('/transactions', headers)
      expect([response.status, await response.json()]).toEqual([401, { message: 'Unauthorized' }])
    }
  })
})

describe('the token host', () => {
  beforeEach(async () => {
    sandbox = await createKobbleSandbox({ data: 'empty' })
    token = await newToken()
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  it('issues bearer tokens that look like JWTs, the same ones on every start', async () => {
    const other = sandbox
    sandbox = await createKobbleSandbox({ data: 'empty' })
    await other.close()
    const body: Body = await (await askToken()).json()

    expect(body).toEqual({ access_token: token, expires_in: 3600, token_type: 'Bearer' })
    expect(token).toMatch(/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{86}$/)
    expect(await newToken()).not.toBe(token)
  })

  it.each([
    ['client_id', 'other', 401, 'invalid_client'],
    ['client_secret', 'wrong', 401, 'invalid_client'],
    ['grant_type', 'password', 400, 'unsupported_grant_type'],
    ['scope', 'everything', 400, 'invalid_scope'],
  ])('refuses the %s %j with %i %s', async (field, value, refusal, error) => {
    const response = await askToken({ ...goodForm(), [field]: value })
    expect([response.status, await response.json()]).toEqual([refusal, { error }])
  })

  it('refuses requests that are not the documented form', async () => {
    const { scope: _, ...withoutScope } = goodForm()
    const json = { method: 'POST', body: JSON.stringify(goodForm()), headers: { 'content-type': 'application/json' } }

    expect((await askToken(withoutScope)).status).toBe(400)
    expect((await fetch(sandbox.environment.KOBBLE_TOKEN_URL!, json)).status).toBe(400)
    expect((await askToken({ ...goodForm(), scope: 'client/read client/write' })).status).toBe(200)
  })

  it('honours several tokens at once, until they are revoked', async () => {
    const old = token
    token = await newToken()
    expect([await status('/wallets'), (await get('/wallets', { authorization: `Bearer ${old}` })).status]).toEqual([
      200, 200,
    ])
    sandbox.revokeTokens()
    expect(await status('/wallets')).toBe(401)
    token = await newToken()
    expect(await status('/wallets')).toBe(200)
  })

  it('honours tokens for their reported life', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    sandbox.traits.tokenLifeSeconds = 60
    const body: Body = await (await askToken()).json()
    token = body.access_token

    expect(body.expires_in).toBe(60)
    vi.advanceTimersByTime(59_999)
    expect(await status('/wallets')).toBe(200)
    vi.advanceTimersByTime(1)
    expect(await status('/wallets')).toBe(401)
  })

  it('fails on demand, apart from the API', async () => {
    sandbox.tokens.fault({ kind: 'reply', reply: { status: 500 } })
    expect((await askToken()).status).toBe(500)
    expect(await status('/wallets')).toBe(200)
    expect(sandbox.tokens.requests.map(({ path }) => path)).toEqual(['/oauth2/token', '/oauth2/token'])
  })
})
