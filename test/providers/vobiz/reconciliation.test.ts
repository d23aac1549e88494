import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ReadSignal } from '../../../src/operation.ts'
import type { VobizCustomerRecord } from '../../../src/providers/vobiz/account.ts'
import type { VobizLedgers } from '../../../src/providers/vobiz/ledger.ts'
import { reconcile } from '../../../src/providers/vobiz/reconciliation.ts'
import type {
  VobizSandbox,
  VobizSandboxEntry,
  VobizSandboxOptions,
} from '../../../src/providers/vobiz/sandbox/index.ts'
import type { UpstreamRequest } from '../../../src/sandbox/server.ts'
import { createListener } from '../../../src/server/listener.ts'
import { byBlock, byRow, exactly, type Summary, sumUp } from '../../support/exact.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'
import { RUNS } from '../../support/runs.ts'

interface Entry {
  readonly providerId: string
}
interface Discrepancy {
  readonly customer: { readonly authId: string; readonly name: string } | null
  readonly accountId: string
  readonly global: Summary
  readonly own: Summary
  readonly missingFromGlobal: readonly Entry[]
  readonly missingFromOwn: readonly Entry[]
}
interface Reconciliation {
  readonly period: Period
  readonly global: Summary | null
  readonly customers: Summary
  readonly partner: Summary | null
  readonly balanced: boolean | null
  readonly discrepancies: readonly Discrepancy[]
}
interface Period {
  readonly from: string
  readonly to: string
}
interface Progress {
  readonly customersDone: number
  readonly customersTotal: number
  readonly result: Reconciliation | null
}

const TOTALS = '{ count totals { currency count credit debit internal net } }'
const RESULT = `{
  period { from to } global ${TOTALS} customers ${TOTALS} partner ${TOTALS} balanced
  discrepancies {
    customer { authId name } accountId global ${TOTALS} own ${TOTALS}
    missingFromGlobal { providerId } missingFromOwn { providerId }
  }
}`
const QUERY = `query ($period: PeriodInput!) { vobizReconciliation(period: $period) ${RESULT} }`
const SUBSCRIPTION = `subscription ($period: PeriodInput!) {
  vobizReconciliation(period: $period) { customersDone customersTotal result ${RESULT} }
}`

const MONTHS = [
  '2025-11',
  '2025-12',
  ...Array.from({ length: 10 }, (_, at) => `2026-${String(at + 1).padStart(2, '0')}`),
]
const monthOf = (month: string): Period => ({
  from: `${month}-01`,
  to: new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).toISOString().slice(0, 10),
})
const PLANTED = '2026-08'

const isIn = ({ from, to }: Period, { created_at }: VobizSandboxEntry) =>
  created_at.slice(0, 10) >= from && created_at.slice(0, 10) <= to
const ids = (entries: readonly VobizSandboxEntry[]) => entries.map(({ id }) => ({ providerId: id }))

/** Entries of a period: those of customers and of the partner in the global ledger, and those in the customers' own. */
function sidesOf(vobiz: VobizSandbox, period: Period) {
  const partner = vobiz.environment.VOBIZ_AUTH_ID
  const all = vobiz.entries.filter((entry) => isIn(period, entry))
  const isCustomers = ({ account_id }: VobizSandboxEntry) =>
    vobiz.customers.some(({ auth_id }) => auth_id === account_id)
  return {
    global: all.filter(({ account_id, ledger }) => ledger !== 'own' && account_id !== partner),
    partner: all.filter(({ account_id, ledger }) => ledger !== 'own' && account_id === partner),
    own: all.filter((entry) => entry.ledger !== 'global' && isCustomers(entry)),
  }
}

const isLedgerOf = (authId: string) => (request: UpstreamRequest) => request.path === `/accounts/${authId}/transactions`
const isGlobal = ({ path }: UpstreamRequest) => path === '/transactions'

let at: TestGateway
const start = async (vobiz: VobizSandboxOptions = {}, environment = {}) => {
  at = await startGateway({ sandboxes: { vobiz, kobble: { data: 'empty' } }, environment })
  return at.vobiz
}

const run = (period: Period) => at.query<{ vobizReconciliation: Reconciliation }>(QUERY, { period })

async function reconciliationOf(period: Period): Promise<Reconciliation> {
  const { data, errors } = await run(period)
  expect(errors).toEqual([])
  return data!.vobizReconciliation
}

const subscribe = (variables: object, signal?: AbortSignal) =>
  at.gateway.yoga.fetch('http://gateway.test/graphql', {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify({ query: SUBSCRIPTION, variables }),
    ...(signal ? { signal } : {}),
  })

interface Event {
  readonly data?: { readonly vobizReconciliation: Progress } | null
  readonly errors?: readonly { readonly message: string; readonly extensions: object }[]
}

/** The results in a stream of server-sent events, and whether it was closed by the word for it. */
function eventsIn(text: string): { results: Event[]; isComplete: boolean } {
  const events = text.split('\n\n').map((event) => ({
    name: /^event: (.*)$/m.exec(event)?.[1],
    data: /^data: (.*)$/m.exec(event)?.[1],
  }))
  return {
    results: events.filter(({ name }) => name === 'next').map(({ data }) => JSON.parse(data!) as Event),
    isComplete: events.some(({ name }) => name === 'complete'),
  }
}

/** Reads a stream of events until the given number of results has come. */
async function readResults(reader: ReadableStreamDefaultReader<Uint8Array>, count: number): Promise<Event[]> {
  for (let text = ''; ; ) {
    const { results } = eventsIn(text)
    if (results.length >= count) return results
    const { value, done } = await reader.read()
    if (done) return results
    text += Buffer.from(value).toString()
  }
}

describe('Query.vobizReconciliation on the sandbox', () => {
  beforeAll(() => start())
  afterAll(() => at.close())

  it.each(MONTHS.filter((month) => month !== PLANTED))('finds %s balanced, to the last digit', async (month) => {
    const period = monthOf(month)
    const { global, customers, partner, ...rest } = await reconciliationOf(period)
    const sides = sidesOf(at.vobiz, period)
    expect(rest).toEqual({ period, balanced: true, discrepancies: [] })
    expect(exactly(global!)).toEqual(sumUp(sides.global.map(byBlock)))
    expect(exactly(customers)).toEqual(exactly(global!))
    expect(exactly(partner!)).toEqual(sumUp(sides.partner.map(byBlock)))
    expect(sides.partner.length).toBeGreaterThan(0)
  })

  it('finds the one entry that is missing in August 2026, and its customer', async () => {
    const period = monthOf(PLANTED)
    const { global, customers, partner, balanced, discrepancies } = await reconciliationOf(period)
    const [missing, ...others] = at.vobiz.entries.filter(({ ledger }) => ledger === 'own')
    expect(others).toEqual([])
    const sides = sidesOf(at.vobiz, period)
    expect(balanced).toBe(false)
    expect(exactly(global!)).toEqual(sumUp(sides.global.map(byBlock)))
    expect(exactly(customers)).toEqual(sumUp(sides.own.map(byBlock)))
    expect(exactly(partner!)).toEqual(sumUp(sides.partner.map(byBlock)))
    const { account_id } = missing!
    const customer = at.vobiz.customers.find(({ auth_id }) => auth_id === account_id)!
    const isTheirs = (entry: VobizSandboxEntry) => entry.account_id === account_id
    expect(discrepancies.map((each) => ({ ...each, global: exactly(each.global), own: exactly(each.own) }))).toEqual([
      {
        accountId: account_id,
        customer: { authId: account_id, name: customer.name },
        global: sumUp(sides.global.filter(isTheirs).map(byBlock)),
        own: sumUp(sides.own.filter(isTheirs).map(byBlock)),
        missingFromGlobal: ids([missing!]),
        missingFromOwn: [],
      },
    ])
  })

  it('costs one request for each customer, one for their list, and the global ones', async () => {
    at.vobiz.server.requests.length = 0
    await reconciliationOf(monthOf('2026-09'))
    const { requests } = at.vobiz.server
    expect(requests.filter(({ path }) => path === '/accounts')).toHaveLength(1)
    for (const { auth_id } of at.vobiz.customers) expect(requests.filter(isLedgerOf(auth_id))).toHaveLength(1)
    // The sums of all, and the transfers among them, for the partner's own legs.
    expect(requests.filter(isGlobal).map(({ query }) => query.get('transaction_type'))).toEqual([null, 'transfer'])
    expect(requests).toHaveLength(1 + at.vobiz.customers.length + 2)
  })

  it('reads a month that does not balance once, and the one ledger that differs', async () => {
    at.vobiz.server.requests.length = 0
    await reconciliationOf(monthOf(PLANTED))
    const rows = at.vobiz.globalEntries.filter((entry) => isIn(monthOf(PLANTED), entry)).length
    expect(at.vobiz.server.requests).toHaveLength(1 + at.vobiz.customers.length + 2 + Math.ceil(rows / 100) + 1)
  })

  it('agrees with brute force, whichever entries are missing from either side', async () => {
    const traits = at.vobiz.traits
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...MONTHS),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom('own', 'global')), { maxLength: 5 }),
        fc.constantFrom('exact', 'exact', 'absent', 'zero'),
        async (month, changes, summary) => {
          const period = monthOf(month)
          const candidates = at.vobiz.entries.filter((entry) => isIn(period, entry) && entry.ledger === 'both')
          const changed = changes.map(([index, ledger]) => [candidates[index % candidates.length]!.id, ledger] as const)
          for (const [id, ledger] of changed) at.vobiz.update(id, { ledger })
          traits.summary = summary
          try {
            const sides = sidesOf(at.vobiz, period)
            const accounts = new Set(sides.own.map(({ account_id }) => account_id))
            const sideOf = (account: string, name: 'global' | 'own') =>
              sides[name].filter(({ account_id }) => account_id === account)
            const differing = [...accounts].sort().flatMap((accountId) => {
              const [global, own] = [sideOf(accountId, 'global'), sideOf(accountId, 'own')]
              const missingFromGlobal = ids(own.filter((entry) => !global.includes(entry)))
              const missingFromOwn = ids(global.filter((entry) => !own.includes(entry)))
              return missingFromGlobal.length + missingFromOwn.length > 0
                ? [{ accountId, missingFromGlobal, missingFromOwn }]
                : []
            })
            // No sum shows an entry that replaces another of the same amount.
            const isVisible = (left: readonly VobizSandboxEntry[], right: readonly VobizSandboxEntry[]) =>
              !isDeepStrictEqual(sumUp(left.map(byRow)), sumUp(right.map(byRow)))
            fc.pre(differing.length === 0 || isVisible(sides.global, sides.own))
            fc.pre(differing.every(({ accountId: id }) => isVisible(sideOf(id, 'global'), sideOf(id, 'own'))))

            const { balanced, discrepancies, global, customers } = await reconciliationOf(period)
            expect(
              discrepancies.map(({ accountId, missingFromGlobal, missingFromOwn }) => ({
                accountId,
                missingFromGlobal,
                missingFromOwn,
              })),
            ).toEqual(differing)
            expect(balanced).toBe(differing.length === 0)
            expect(global!.count).toBe(sides.global.length)
            expect(customers.count).toBe(sides.own.length)
            if (balanced) expect(exactly(global!)).toEqual(exactly(customers))
          } finally {
            traits.summary = 'exact'
            for (const [id] of changed) at.vobiz.update(id, { ledger: 'both' })
          }
        },
      ),
      { numRuns: RUNS.walks(20, 0.2) },
    )
  })
})

describe('a reconciliation', () => {
  afterEach(() => at.close())

  const PERIOD = monthOf('2026-01')

  /** Three customers with two entries each. */
  async function startSmall(options: VobizSandboxOptions = {}, environment = {}) {
    const vobiz = await start({ data: 'empty', ...options }, environment)
    for (const auth_id of ['MA_1', 'MA_2', 'MA_3']) {
      vobiz.addCustomer({ auth_id, name: `Customer ${auth_id}` })
      vobiz.add({ account_id: auth_id, amount: '0.10', transaction_type: 'debit' })
      vobiz.add({ account_id: auth_id, amount: '7', transaction_type: 'recharge' })
    }
    return vobiz
  }

  it('lists an entry that only the global ledger has', async () => {
    const vobiz = await startSmall()
    const stray = vobiz.add({ account_id: 'MA_2', amount: '3', ledger: 'global' })
    const { balanced, discrepancies } = await reconciliationOf(PERIOD)
    expect(balanced).toBe(false)
    expect(discrepancies).toMatchObject([
      {
        accountId: 'MA_2',
        global: { count: 3 },
        own: { count: 2 },
        missingFromGlobal: [],
        missingFromOwn: ids([stray]),
      },
    ])
  })

  it('names an account that is neither a customer nor the partner', async () => {
    const vobiz = await startSmall()
    const [first, second] = [vobiz.add({ account_id: 'MA_GONE' }), vobiz.add({ account_id: 'MA_GONE', amount: '2' })]
    const { balanced, discrepancies, customers, global } = await reconciliationOf(PERIOD)
    expect([balanced, global!.count, customers.count]).toEqual([false, 8, 6])
    expect(discrepancies).toMatchObject([
      {
        accountId: 'MA_GONE',
        customer: null,
        global: { count: 2 },
        own: { count: 0, totals: [] },
        missingFromGlobal: [],
        missingFromOwn: ids([second, first]),
      },
    ])
  })

  it("separates the partner's own entries, transfers and others", async () => {
    const vobiz = await startSmall()
    const partner = vobiz.environment.VOBIZ_AUTH_ID!
    const reference = 'ptc:some-partner:MA_1:1767225600'
    const legs = [
      vobiz.add({ account_id: partner, type: 'debit', transaction_type: 'transfer', amount: '50', reference }),
      vobiz.add({ account_id: partner, type: 'credit', transaction_type: 'recharge', amount: '1000' }),
    ]
    vobiz.add({ account_id: 'MA_1', transaction_type: 'transfer', amount: '50', reference })
    const { balanced, partner: legSums, global, discrepancies } = await reconciliationOf(PERIOD)
    expect([balanced, discrepancies, global!.count]).toEqual([true, [], 7])
    expect(exactly(legSums!)).toEqual(sumUp(legs.map(byBlock)))
  })

  it("counts a transfer's debit as the partner's on any account that is no customer", async () => {
    const vobiz = await startSmall()
    vobiz.add({
      account_id: 'some-partner',
      type: 'debit',
      transaction_type: 'transfer',
      amount: '50',
      reference: 'ptc:some-partner:MA_1:1767225600',
    })
    const { balanced, partner } = await reconciliationOf(PERIOD)
    expect([balanced, partner]).toMatchObject([true, { count: 1, totals: [{ debit: '50' }] }])
  })

  it("counts settled and unsettled entries, by Vobiz's sums and by the rows", async () => {
    const vobiz = await startSmall()
    for (const status of ['failed', 'pending', 'on_hold']) vobiz.add({ account_id: 'MA_1', status, amount: '5' })
    expect(await reconciliationOf(PERIOD)).toMatchObject({ balanced: true, customers: { totals: [{ debit: '15.3' }] } })
    vobiz.traits.summary = 'zero'
    const read = await reconciliationOf(PERIOD)
    expect(read.balanced).toBe(true)
    expect(exactly(read.customers)).toEqual(sumUp(vobiz.entries.map(byBlock)))
    const failed = vobiz.add({ account_id: 'MA_1', status: 'failed', amount: '5', ledger: 'own' })
    for (const summary of ['zero', 'exact'] as const) {
      vobiz.traits.summary = summary
      const { balanced, discrepancies } = await reconciliationOf(PERIOD)
      expect(balanced).toBe(false)
      expect(discrepancies).toMatchObject([{ accountId: 'MA_1', missingFromGlobal: ids([failed]), missingFromOwn: [] }])
    }
  })

  it('reports no difference for entries that Vobiz only sums differently', async () => {
    const vobiz = await startSmall()
    // A legacy word: Vobiz adds it to the debits, and no row says which way the money went.
    vobiz.add({ account_id: 'MA_1', type: 'did_rental', amount: '250' })
    const missing = vobiz.add({ account_id: 'MA_2', amount: '3', ledger: 'own' })
    const { discrepancies } = await reconciliationOf(PERIOD)
    expect(discrepancies).toMatchObject([{ accountId: 'MA_2', missingFromGlobal: ids([missing]), missingFromOwn: [] }])
    vobiz.remove(missing.id)
    // Without sums of the global ledger, its rows are compared with the sums of the customers.
    vobiz.server.fault({
      kind: 'alter',
      on: isGlobal,
      alter: (reply) => ({ ...reply, json: { ...(reply.json as object), summary: null } }),
    })
    expect(await reconciliationOf(PERIOD)).toMatchObject({ balanced: true, discrepancies: [] })
  })

  it('lists at most a hundred entries of one side, and sums up all of them', async () => {
    const vobiz = await startSmall()
    const missing = Array.from({ length: 130 }, () => vobiz.add({ account_id: 'MA_3', ledger: 'own' }))
    const { discrepancies } = await reconciliationOf(PERIOD)
    expect(discrepancies).toMatchObject([{ global: { count: 2 }, own: { count: 132 }, missingFromOwn: [] }])
    expect(discrepancies[0]!.missingFromGlobal).toEqual(ids(missing.reverse().slice(0, 100)))
  })

  it('says when a side lists only a part, and how many entries are missing from each', async () => {
    const vobiz = await startSmall()
    const counts = 'truncated discrepancies { accountId truncated missingFromGlobalCount missingFromOwnCount }'
    const read = async () => {
      const document = `query ($period: PeriodInput!) { vobizReconciliation(period: $period) { ${counts} } }`
      return (await at.ask<{ vobizReconciliation: object }>(document, { period: PERIOD })).vobizReconciliation
    }
    expect(await read()).toEqual({ truncated: false, discrepancies: [] })
    const few = { accountId: 'MA_2', truncated: false, missingFromGlobalCount: 0, missingFromOwnCount: 2 }
    for (let added = 0; added < 2; added++) vobiz.add({ account_id: 'MA_2', ledger: 'global' })
    for (let added = 0; added < 100; added++) vobiz.add({ account_id: 'MA_3', ledger: 'own' })
    const full = { accountId: 'MA_3', truncated: false, missingFromGlobalCount: 100, missingFromOwnCount: 0 }
    expect(await read()).toEqual({ truncated: false, discrepancies: [few, full] })
    vobiz.add({ account_id: 'MA_3', ledger: 'own' })
    expect(await read()).toEqual({
      truncated: true,
      discrepancies: [few, { ...full, truncated: true, missingFromGlobalCount: 101 }],
    })
  })

  it('of a partner without customers is balanced', async () => {
    await start({ data: 'empty' })
    const nothing = { count: 0, totals: [] }
    expect(await reconciliationOf(PERIOD)).toEqual({
      period: PERIOD,
      global: nothing,
      customers: nothing,
      partner: nothing,
      balanced: true,
      discrepancies: [],
    })
    const { results } = eventsIn(await (await subscribe({ period: PERIOD })).text())
    expect(results.map(({ data }) => data!.vobizReconciliation)).toMatchObject([
      { customersDone: 0, customersTotal: 0, result: null },
      { customersDone: 0, customersTotal: 0, result: { balanced: true } },
    ])
  })

  it.each([403, 404, 405, 501, 'not-an-array'] as const)(
    'succeeds without the global ledger when it is refused (%s), and does not request it again',
    async (globalLedger) => {
      const vobiz = await startSmall({ traits: { globalLedger } })
      const expected = { global: null, balanced: null, partner: null, discrepancies: [], customers: { count: 6 } }
      expect(await reconciliationOf(PERIOD)).toMatchObject(expected)
      // The request of the period, and the one that shows that it is not refused because of the period.
      expect(vobiz.server.requests.filter(isGlobal)).toHaveLength(2)
      expect(await reconciliationOf(PERIOD)).toMatchObject(expected)
      expect(await at.ask('{ vobizTransactions { totalCount } }')).toEqual({ vobizTransactions: { totalCount: 6 } })
      expect(vobiz.server.requests.filter(isGlobal)).toHaveLength(2)
    },
  )

  it('succeeds without the global ledger when that is refused in between', async () => {
    const vobiz = await startSmall()
    vobiz.add({ account_id: 'MA_1', ledger: 'own' })
    let requests = 0
    vobiz.server.fault({
      kind: 'reply',
      on: (request) => isGlobal(request) && ++requests > 1,
      reply: { status: 403 },
    })
    expect(await reconciliationOf(PERIOD)).toMatchObject({ global: null, balanced: null, customers: { count: 7 } })
  })

  it.each([400, 404])("fails as a whole where one customer's ledger does (%i), and names it", async (status) => {
    const vobiz = await startSmall()
    vobiz.server.fault({ kind: 'reply', on: isLedgerOf('MA_2'), reply: { status } })
    const { data, errors } = await run(PERIOD)
    expect(data).toBeNull()
    expect(errors.map(({ path, extensions }) => [path, extensions])).toEqual([
      [
        ['vobizReconciliation'],
        {
          code: 'UPSTREAM_ERROR',
          provider: 'VOBIZ',
          operation: 'listCustomerTransactions',
          account: 'MA_2',
          status,
        },
      ],
    ])
    const { results, isComplete } = eventsIn(await (await subscribe({ period: PERIOD })).text())
    expect(isComplete).toBe(true)
    expect(results.at(-1)).toMatchObject({
      errors: [{ message: `VOBIZ answered with status ${status}.`, extensions: { account: 'MA_2' } }],
    })
    expect(results.at(-1)!.data ?? null).toBeNull()
    expect(results.every(({ data }) => (data?.vobizReconciliation.result ?? null) === null)).toBe(true)
  })

  it('fails as a whole when an entry that must be read is malformed', async () => {
    const vobiz = await startSmall({ traits: { summary: 'absent' } })
    const [newest] = vobiz.entries.filter(({ account_id }) => account_id === 'MA_3')
    vobiz.server.fault({
      kind: 'alter',
      on: isLedgerOf('MA_3'),
      alter: (reply) => {
        const json = JSON.parse(JSON.stringify(reply.json)) as { transactions: { amount: unknown }[] }
        json.transactions[0]!.amount = 'much'
        return { ...reply, json }
      },
    })
    const { errors } = await run(PERIOD)
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      {
        code: 'UPSTREAM_INVALID_RESPONSE',
        provider: 'VOBIZ',
        operation: 'listCustomerTransactions',
        account: 'MA_3',
        rowId: newest!.id,
        field: 'amount',
      },
    ])
  })

  it('fails when not all customers can be listed', async () => {
    const vobiz = await startSmall()
    vobiz.server.fault({
      kind: 'alter',
      times: 1,
      on: ({ path }) => path === '/accounts',
      alter: (reply) => {
        const json = JSON.parse(JSON.stringify(reply.json)) as { accounts: { auth_id: unknown }[] }
        json.accounts[1]!.auth_id = null
        return { ...reply, json }
      },
    })
    const codes = async () => (await run(PERIOD)).errors.map(({ extensions }) => extensions.code)
    expect(await codes()).toEqual(['UPSTREAM_INVALID_RESPONSE'])
    vobiz.server.fault({ kind: 'reply', on: ({ path }) => path === '/accounts', reply: { status: 400 } })
    expect(await codes()).toEqual(['UPSTREAM_ERROR'])
  })

  it('fails when the global ledger fails in another way than by not being offered', async () => {
    const vobiz = await startSmall()
    vobiz.server.fault({ kind: 'reply', on: isGlobal, reply: { status: 400 } })
    const { errors } = await run(PERIOD)
    expect(errors.map(({ extensions }) => extensions)).toEqual([
      { code: 'UPSTREAM_ERROR', provider: 'VOBIZ', operation: 'listTransactions', status: 400 },
    ])
  })

  it('reads at most SCAN_LIMIT entries to find a difference, and none without a difference', async () => {
    await start({}, { SCAN_LIMIT: '50' })
    expect((await reconciliationOf(monthOf('2026-09'))).balanced).toBe(true)
    const { data, errors, requests } = await run(monthOf(PLANTED))
    expect(data).toBeNull()
    expect(errors.map(({ extensions }) => extensions)).toEqual([{ code: 'LIMIT_EXCEEDED' }])
    const period = monthOf(PLANTED)
    const rows = at.vobiz.globalEntries.filter((entry) => isIn(period, entry))
    const transfers = rows.filter(({ transaction_type }) => transaction_type === 'transfer').length
    // A second and a bit after the newest of those that are too many.
    const later = new Date((Math.floor(Date.parse(rows[50 - transfers]!.created_at) / 1000) + 2) * 1000).toISOString()
    expect(errors[0]!.message).toBe(
      `This would read ${rows.length} entries beside ${transfers} others, and at most 50 may be read for one field. ` +
        `Ask for a shorter period: from ${later} on, it would fit.`,
    )
    expect(requests.VOBIZ).toBeLessThanOrEqual(1 + 8 + 4)
    expect((await reconciliationOf({ from: later.slice(0, 10), to: period.to })).balanced).toBe(true)
  })

  it.each([[{ from: '2026-08-02', to: '2026-08-01' }], [{ from: '2026-02-30', to: '2026-03-01' }]])(
    'refuses a period that is none, and asks for nothing: %o',
    async (period) => {
      const vobiz = await startSmall()
      const { errors } = await run(period)
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
      const text = await (await subscribe({ period })).text()
      expect(text).toContain('"code":"BAD_USER_INPUT"')
      expect(vobiz.server.requests).toEqual([])
    },
  )

  it('fails at its deadline', async () => {
    await startSmall()
    const never = (signal: ReadSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    const progress = reconcile(PERIOD, {
      openLedgers: (signal) => ({ transactions: () => ({ sums: () => never(signal) }) }) as unknown as VobizLedgers,
      listCustomers: async () => [],
      isGlobalOffered: true,
      partnerId: 'PA_1',
      currency: 'INR',
      scanLimit: 10,
      timeoutMs: 20,
      signal: undefined,
    })
    await expect(progress.next()).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      message: 'VOBIZ did not answer within 20 ms.',
    })
  })
})

describe('a reconciliation over hundreds of customers', () => {
  const PERIOD = monthOf('2026-09')

  beforeAll(async () => {
    const vobiz = await start()
    for (let count = 0; count < 300; count++) vobiz.addCustomer()
  })
  afterAll(() => at.close())

  it('limits the requests that it sends at the same time', async () => {
    const { server, customers } = at.vobiz
    // A request is under way for at least so long after it arrived.
    const DELAY_MS = 8
    const arrivals: number[] = []
    server.requests.length = 0
    server.beforeAnswer = () => arrivals.push(performance.now())
    server.fault({ kind: 'delay', delayMs: DELAY_MS + 1 })
    expect((await reconciliationOf(PERIOD)).balanced).toBe(true)
    server.beforeAnswer = null
    server.clearFaults()
    // A page of the list shows the last customer of the one before as well, which none of a hundred could everywhere.
    const pages = 1 + Math.ceil((customers.length - 100) / 45)
    expect(server.requests.filter(({ path }) => path === '/accounts').length).toBeLessThanOrEqual(pages)
    expect(new Set(server.requests.map(({ path }) => path)).size).toBe(2 + customers.length)
    expect(server.requests.length).toBeLessThanOrEqual(customers.length + pages + 2)
    const together = arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + DELAY_MS).length)
    expect(Math.max(...together)).toBeLessThanOrEqual(9)
  })

  it('reads several of them at the same time', async () => {
    const { server } = at.vobiz
    const isOwn = ({ path }: UpstreamRequest) => path.startsWith('/accounts/')
    server.requests.length = 0
    server.fault({ kind: 'hang', on: isOwn })
    const caller = new AbortController()
    const answer = at.gateway.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: QUERY, variables: { period: PERIOD } }),
      signal: caller.signal,
    })
    while (server.requests.filter(isOwn).length < 8) await sleep(5)
    const before = server.aborted.length
    caller.abort()
    await Promise.allSettled([answer])
    while (server.aborted.length < before + 8) await sleep(5)
    server.clearFaults()
    expect(server.requests.filter(isOwn)).toHaveLength(8)
  })

  it('sends its progress to a subscriber, then the result', async () => {
    const response = await subscribe({ period: PERIOD })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const { results, isComplete } = eventsIn(await response.text())
    expect(isComplete).toBe(true)
    expect(results.flatMap(({ errors = [] }) => errors)).toEqual([])
    const events = results.map(({ data }) => data!.vobizReconciliation)
    const last = events.pop()!
    expect(events.length).toBeGreaterThan(10)
    expect(events[0]).toEqual({ customersDone: 0, customersTotal: 308, result: null })
    expect(events.at(-1)).toEqual({ customersDone: 308, customersTotal: 308, result: null })
    expect(events.every(({ result, customersTotal }) => result === null && customersTotal === 308)).toBe(true)
    const done = events.map(({ customersDone }) => customersDone)
    expect(done).toEqual([...new Set(done)].sort((a, b) => a - b))
    expect(last).toEqual({ customersDone: 308, customersTotal: 308, result: await reconciliationOf(PERIOD) })
  })

  it('ends when the subscriber leaves', async () => {
    const { server } = at.vobiz
    const isOwn = ({ path }: UpstreamRequest) => path.startsWith('/accounts/')
    server.requests.length = 0
    server.fault({ kind: 'hang', on: (request) => isOwn(request) && server.requests.filter(isOwn).length > 20 })
    const before = server.aborted.length
    const reader = (await subscribe({ period: PERIOD })).body!.getReader()
    const results = await readResults(reader, 2)
    expect(results.at(-1)!.data!.vobizReconciliation.customersTotal).toBe(308)
    while (server.requests.filter(isOwn).length < 28) await sleep(5)
    await reader.cancel()
    while (server.aborted.length < before + 8) await sleep(5)
    server.clearFaults()
    expect(server.requests.filter(isOwn)).toHaveLength(28)
  })

  it('ends when the subscriber disconnects while no answer has arrived', async () => {
    const { server } = at.vobiz
    const http = createListener(at.gateway).listen(0, '127.0.0.1')
    await new Promise((resolve) => http.once('listening', resolve))
    const isOwn = ({ path }: UpstreamRequest) => path.startsWith('/accounts/')
    server.requests.length = 0
    server.fault({ kind: 'hang', on: isOwn })
    const before = server.aborted.length
    const caller = new AbortController()
    const { port } = http.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify({ query: SUBSCRIPTION, variables: { period: PERIOD } }),
      signal: caller.signal,
    })
    const [first] = await readResults(response.body!.getReader(), 1)
    expect(first!.data!.vobizReconciliation).toEqual({ customersDone: 0, customersTotal: 308, result: null })
    while (server.requests.filter(isOwn).length < 8) await sleep(5)
    caller.abort()
    while (server.aborted.length < before + 8) await sleep(5)
    server.clearFaults()
    expect(server.requests.filter(isOwn)).toHaveLength(8)
    http.close()
  })

  it('releases the ledger of each customer once it has the sums', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const lists: WeakRef<object>[] = []
    // The caller of openLedgers() retains the ledgers that were opened with it.
    const openLedgers = () => {
      const opened: object[] = []
      return {
        transactions: () => {
          const list = { sums: async () => ({ count: 0, credit: '0', debit: '0', currency: 'INR' }) }
          opened.push(list)
          lists.push(new WeakRef(list))
          return list
        },
      } as unknown as VobizLedgers
    }
    const customers = Array.from({ length: 200 }, (_, index) => ({ authId: `MA_${index}` }) as VobizCustomerRecord)
    const progress = reconcile(PERIOD, {
      openLedgers,
      listCustomers: async () => customers,
      isGlobalOffered: false,
      partnerId: 'PA_1',
      currency: 'INR',
      scanLimit: 10,
      timeoutMs: 10_000,
      signal: undefined,
    })
    while ((await progress.next()).value!.customersDone < customers.length);
    await sleep(1)
    collectGarbage()
    expect(lists).toHaveLength(200)
    // Those that were read last may still be on their way.
    expect(lists.filter((list) => list.deref() !== undefined).length).toBeLessThan(20)
    await progress.return(undefined)
  })

  it('reads nothing for a subscriber who leaves before it begins', async () => {
    const progress = reconcile(PERIOD, {
      openLedgers: () => expect.fail('nothing is to be read'),
      listCustomers: async () => expect.fail('nothing is to be read'),
      isGlobalOffered: true,
      partnerId: 'PA_1',
      currency: 'INR',
      scanLimit: 10,
      timeoutMs: 1000,
      signal: undefined,
    })
    expect(await progress.return(undefined)).toEqual({ done: true, value: undefined })
    expect(await progress.next()).toEqual({ done: true, value: undefined })
  })
})
