import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { VobizSandboxEntry, VobizSandboxOptions } from '../../../src/providers/vobiz/sandbox/index.ts'
import { unitsOf } from '../../support/exact.ts'
import { type QueryResult, startGateway, type TestGateway } from '../../support/gateway.ts'
import { RUNS } from '../../support/runs.ts'

interface Money {
  readonly amount: string
  readonly currency: string
}
interface Statement {
  readonly customer: { readonly authId: string }
  readonly period: { readonly from: string; readonly to: string }
  readonly usage: Money
  readonly lines: readonly { readonly referenceType: string | null; readonly count: number; readonly amount: Money }[]
  readonly recharges: Money
  readonly refunds: Money
  readonly transfers: Money
  readonly invoice: Money
  readonly covered: boolean
}
interface Answer {
  readonly vobizCustomer: { readonly statement: Statement }
}

let gateway: TestGateway
afterEach(() => gateway.close())

const start = async (vobiz: VobizSandboxOptions = {}, environment = {}) => {
  gateway = await startGateway({ sandboxes: { vobiz, kobble: { data: 'empty' } }, environment })
  return gateway.vobiz
}

const YEAR = { from: '2025-11-01', to: '2026-10-31' }
const MONEY = '{ amount currency }'
const SUMS = `usage ${MONEY} recharges ${MONEY} refunds ${MONEY} transfers ${MONEY} covered`

const LINES = `lines { referenceType count amount ${MONEY} }`

const query = (authId: string, selection: string, period: object = YEAR, variables: object = {}) =>
  gateway.query<Answer>(
    `query ($authId: ID!, $period: PeriodInput!${selection.includes('$margin') ? ', $margin: Decimal!' : ''}) {
      vobizCustomer(authId: $authId) { statement(period: $period) { ${selection} } }
    }`,
    { authId, period, ...variables },
  )

async function ask(authId: string, selection: string, period: object = YEAR, variables: object = {}) {
  const { data, errors } = await query(authId, selection, period, variables)
  expect(errors).toEqual([])
  return data!.vobizCustomer.statement
}

/** The sum of a customer's entries of one kind, settled or not, as Vobiz adds them. */
function sum(entries: readonly VobizSandboxEntry[], kind: string): bigint {
  return entries
    .filter(({ transaction_type }) => transaction_type === kind)
    .reduce((units, { amount }) => units + unitsOf(amount), 0n)
}

describe('the month of a statement', () => {
  const statement = (args: string) =>
    `statement${args} { period { from to } usage ${MONEY} invoice(marginPercent: "20") ${MONEY} covered }`

  it('is the same as the period of its days, for the same requests', async () => {
    const { customers } = await start()
    const read = (args: string) =>
      gateway.query<Answer>(`{ vobizCustomer(authId: "${customers[0]!.auth_id}") { ${statement(args)} } }`)
    const byMonth = await read('(month: "2026-09")')
    const byPeriod = await read('(period: { from: "2026-09-01", to: "2026-09-30" })')
    expect(byMonth.data!.vobizCustomer.statement.period).toEqual({ from: '2026-09-01', to: '2026-09-30' })
    expect(byMonth.data).toEqual(byPeriod.data)
    expect(byMonth.requests).toEqual(byPeriod.requests)
  })

  it.each(['', '(month: "2026-13")', '(month: "2026-09", period: { from: "2026-09-01", to: "2026-09-30" })'])(
    'is rejected as an argument when it is %j',
    async (args) => {
      const { customers } = await start()
      const { errors } = await gateway.query(
        `{ vobizCustomer(authId: "${customers[0]!.auth_id}") { ${statement(args)} } }`,
      )
      expect(errors.map(({ extensions, path }) => [extensions.code, path])).toEqual([
        ['BAD_USER_INPUT', ['vobizCustomer', 'statement']],
      ])
    },
  )
})

describe('VobizCustomer.statement', () => {
  it("is made of a customer's four kinds of entries, for any period", async () => {
    const vobiz = await start()
    for (const { auth_id } of vobiz.customers) {
      for (const month of ['2025-11', '2026-02', '2026-08', '2026-10']) {
        const period = { from: `${month}-01`, to: `${month}-28` }
        const own = vobiz.entries.filter(({ account_id, created_at }) => {
          const day = created_at.slice(0, 10)
          return account_id === auth_id && day >= period.from && day <= period.to
        })
        const statement = await ask(auth_id, `customer { authId } period { from to } ${SUMS}`, period)
        const units = ({ amount, currency }: Money) => [unitsOf(amount), currency]
        const [usage, recharges, refunds, transfers] = ['debit', 'recharge', 'refund', 'transfer'].map((kind) =>
          sum(own, kind),
        ) as [bigint, bigint, bigint, bigint]
        expect(statement).toEqual({ ...statement, customer: { authId: auth_id }, period })
        expect(units(statement.usage)).toEqual([usage, 'INR'])
        expect(units(statement.recharges)).toEqual([recharges, 'INR'])
        expect(units(statement.refunds)).toEqual([refunds, 'INR'])
        expect(units(statement.transfers)).toEqual([transfers, 'INR'])
        expect(statement.covered).toBe(recharges + refunds + transfers >= usage)
      }
    }
  })

  it('requests each selected sum once, and nothing else', async () => {
    const vobiz = await start()
    const { auth_id } = vobiz.customers[0]!
    const asked = async (selection: string) => {
      vobiz.server.requests.length = 0
      const { errors, requests } = await query(auth_id, selection)
      expect(errors).toEqual([])
      expect(requests.KOBBLE).toBe(0)
      const [customer, ...sums] = vobiz.server.requests
      expect(customer!.path).toBe(`/accounts/${auth_id}`)
      for (const { path, query } of sums) {
        expect(path).toBe(`/accounts/${auth_id}/transactions`)
        expect(Object.fromEntries(query)).toMatchObject({ per_page: '1', from_date: YEAR.from, to_date: YEAR.to })
      }
      return sums.map(({ query }) => query.get('transaction_type')).sort()
    }
    const all = ['debit', 'recharge', 'refund', 'transfer']
    expect(await asked(`period { from } customer { name }`)).toEqual([])
    expect(await asked(`usage ${MONEY}`)).toEqual(['debit'])
    expect(await asked(`usage ${MONEY} a: invoice ${MONEY} b: invoice(marginPercent: 20) ${MONEY}`)).toEqual(['debit'])
    expect(await asked(LINES)).toEqual(['debit'])
    expect(await asked(`usage ${MONEY} ${LINES} invoice ${MONEY}`)).toEqual(['debit'])
    expect(await asked(`recharges ${MONEY} refunds ${MONEY}`)).toEqual(['recharge', 'refund'])
    expect(await asked(`transfers ${MONEY}`)).toEqual(['transfer'])
    expect(await asked('covered')).toEqual(all)
    expect(await asked(`${SUMS} ${LINES} invoice(marginPercent: "20") ${MONEY} customer { authId }`)).toEqual(all)
  })

  it('requests them at the same time', async () => {
    const vobiz = await start()
    const { auth_id } = vobiz.customers[0]!
    const isSum = (path: string) => path.endsWith('/transactions')
    // None is answered before all have arrived: they would never come one after the other.
    vobiz.server.fault({ kind: 'hang', on: ({ path }) => isSum(path) })
    const answer = query(auth_id, 'covered')
    const arrived = () => vobiz.server.requests.filter(({ path }) => isSum(path)).length
    while (arrived() < 4) await new Promise((resolve) => setTimeout(resolve, 5))
    await gateway.gateway.close()
    const { errors } = await answer
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_UNAVAILABLE'])
    expect(arrived()).toBe(4)
  })

  it('is zero and covered for a customer without entries', async () => {
    const vobiz = await start()
    const { auth_id } = vobiz.customers.find((customer) =>
      vobiz.entries.every(({ account_id }) => account_id !== customer.auth_id),
    )!
    const nothing = { amount: '0', currency: 'INR' }
    expect(await ask(auth_id, `${SUMS} invoice(marginPercent: "20") ${MONEY}`)).toEqual({
      usage: nothing,
      recharges: nothing,
      refunds: nothing,
      transfers: nothing,
      invoice: { amount: '0.00', currency: 'INR' },
      covered: true,
    })
  })

  it('is null with the customer when there is none', async () => {
    await start()
    const { data, errors } = await query('MA_NOBODY', SUMS)
    expect([data, errors]).toEqual([{ vobizCustomer: null }, []])
  })

  it('is the same without sums from Vobiz when everything is settled', async () => {
    const vobiz = await start({ data: 'empty' })
    const { auth_id } = vobiz.addCustomer()
    vobiz.load([
      ...Array.from({ length: 130 }, (_, index) => ({ amount: `${index}.00001` })),
      { transaction_type: 'recharge', amount: '8000.25' },
      { transaction_type: 'refund', amount: '1.5' },
      { transaction_type: 'transfer', amount: '380' },
    ])
    const selection = `${SUMS} invoice(marginPercent: "12.5") ${MONEY}`
    const summed = await ask(auth_id, selection)
    expect(summed).toMatchObject({ usage: { amount: '8385.0013' }, invoice: { amount: '9433.13' }, covered: false })
    vobiz.traits.summary = 'absent'
    const read = await ask(auth_id, selection)
    expect(read).toEqual({ ...summed, usage: { amount: '8385.00130', currency: 'INR' } })
    const { requests: once } = await query(auth_id, `usage ${MONEY}`)
    const { requests: often } = await query(auth_id, `usage ${MONEY} a: invoice ${MONEY} b: usage ${MONEY}`)
    expect(often).toEqual(once)
  })

  it('fails when Vobiz fails', async () => {
    const vobiz = await start()
    const isTransfers = (query: URLSearchParams) => query.get('transaction_type') === 'transfer'
    vobiz.server.fault({ kind: 'reply', on: ({ query }) => isTransfers(query), reply: { status: 400 } })
    const { auth_id } = vobiz.customers[0]!
    expect((await query(auth_id, `usage ${MONEY} recharges ${MONEY} refunds ${MONEY}`)).errors).toEqual([])
    const { errors } = await query(auth_id, `usage ${MONEY} covered`)
    expect(errors.map(({ path, extensions }) => [path?.at(-1), extensions])).toEqual([
      ['covered', { code: 'UPSTREAM_ERROR', provider: 'VOBIZ', operation: 'listCustomerTransactions', status: 400 }],
    ])
  })

  it('never adds two currencies', async () => {
    const vobiz = await start({ data: 'empty', traits: { summary: 'absent' } })
    const { auth_id } = vobiz.addCustomer()
    vobiz.load([
      { transaction_type: 'debit', amount: '5', currency: 'USD' },
      { transaction_type: 'recharge', amount: '1', currency: 'USD' },
      { transaction_type: 'refund', amount: '1', currency: 'INR' },
    ])
    expect(await ask(auth_id, `usage ${MONEY} recharges ${MONEY} refunds ${MONEY} transfers ${MONEY}`)).toEqual({
      usage: { amount: '5', currency: 'USD' },
      recharges: { amount: '1', currency: 'USD' },
      refunds: { amount: '1', currency: 'INR' },
      transfers: { amount: '0', currency: 'INR' },
    })
    const refused = [
      [
        'UPSTREAM_INVALID_RESPONSE',
        'VOBIZ sent an answer that the gateway does not understand at currency: ' +
          "expected one currency in a customer's ledger.",
      ],
    ]
    const faultsOf = async (selection: string) =>
      (await query(auth_id, selection)).errors.map(({ message, extensions }) => [extensions.code, message])
    expect(await faultsOf('covered')).toEqual(refused)
    vobiz.add({ transaction_type: 'debit', amount: '5', currency: 'INR' })
    expect(await faultsOf(`invoice ${MONEY}`)).toEqual(refused)
  })
})

describe('VobizStatement.lines', () => {
  /** Brute force over the usage of a customer: by type, entries without one last. */
  function linesOf(usage: readonly VobizSandboxEntry[]) {
    const types = [...new Set(usage.map(({ reference_type }) => reference_type))]
    types.sort((a, b) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1))
    return types.map((referenceType) => {
      const own = usage.filter(({ reference_type }) => reference_type === referenceType)
      return { referenceType, count: own.length, units: sum(own, 'debit') }
    })
  }

  const exactLines = (lines: Statement['lines']) =>
    lines.map(({ referenceType, count, amount }) => ({ referenceType, count, units: unitsOf(amount.amount) }))

  const spoil = (change: (parts: readonly { count: number }[]) => unknown) =>
    gateway.vobiz.server.fault({
      kind: 'alter',
      on: ({ path }) => path.endsWith('/transactions'),
      alter: (reply) => {
        const json = reply.json as { summary: { by_reference_type: readonly { count: number }[] } }
        const summary = { ...json.summary, by_reference_type: change(json.summary.by_reference_type) }
        return { ...reply, json: { ...json, summary } }
      },
    })

  it.each([
    ['comes with them', {}, () => {}],
    ['lacks parts', {}, () => spoil((parts) => parts.slice(1))],
    ['is left out', { summary: 'absent' } as const, () => {}],
  ])('are the usage by reference type, and add up to it, where the block of sums %s', async (_, traits, prepare) => {
    const vobiz = await start({ traits })
    prepare()
    const period = { from: '2026-09-01', to: '2026-10-31' }
    for (const { auth_id } of vobiz.customers) {
      const { usage, lines } = await ask(auth_id, `usage ${MONEY} ${LINES}`, period)
      const own = vobiz.entries.filter(
        ({ account_id, created_at, transaction_type, status }) =>
          account_id === auth_id &&
          transaction_type === 'debit' &&
          created_at.slice(0, 10) >= period.from &&
          created_at.slice(0, 10) <= period.to &&
          status === 'completed',
      )
      expect(exactLines(lines)).toEqual(linesOf(own))
      expect(lines.reduce((units, { amount }) => units + unitsOf(amount.amount), 0n)).toBe(unitsOf(usage.amount))
    }
  })

  it('are none without usage', async () => {
    const vobiz = await start({ data: 'empty' })
    expect(await ask(vobiz.addCustomer().auth_id, LINES)).toEqual({ lines: [] })
  })

  it('fail when neither the parts nor the entries add up to the usage', async () => {
    const vobiz = await start({ data: 'empty' })
    const { auth_id } = vobiz.addCustomer()
    // Only Vobiz knows that a legacy entry is a debit.
    vobiz.load([
      {
        account_id: auth_id,
        type: 'did_rental',
        transaction_type: 'debit',
        amount: '5',
        created_at: '2026-09-03T00:00:00Z',
      },
    ])
    expect((await ask(auth_id, `usage ${MONEY} ${LINES}`)).lines).toMatchObject([{ count: 1, amount: { amount: '5' } }])
    spoil(() => [])
    const { data, errors } = await query(auth_id, LINES)
    expect(data).toEqual({ vobizCustomer: null })
    expect(errors).toMatchObject([
      { extensions: { code: 'UPSTREAM_INVALID_RESPONSE', provider: 'VOBIZ', field: 'by_reference_type' } },
    ])
    expect((await ask(auth_id, `usage ${MONEY}`)).usage.amount).toBe('5')
  })
})

describe('VobizStatement.covered', () => {
  it.each([
    ['0', '0', '0', false],
    ['12.59999', '0', '0', false],
    ['12.6', '0', '0', true],
    ['0', '12.60', '0', true],
    ['0', '0', '12.60000', true],
    ['4.2', '4.2', '4.2', true],
    ['4.2', '4.2', '4.19999999999999999999', false],
    ['4.2', '4.2', '4.20000000000000000001', true],
  ])('with %s, %s and %s against a usage of 12.6 is %s', async (recharge, refund, transfer, covered) => {
    const vobiz = await start({ data: 'empty' })
    const { auth_id } = vobiz.addCustomer()
    vobiz.load([
      { amount: '12' },
      { amount: '0.6' },
      { transaction_type: 'recharge', amount: recharge },
      { transaction_type: 'refund', amount: refund },
      { transaction_type: 'transfer', amount: transfer },
    ])
    expect(await ask(auth_id, 'covered')).toEqual({ covered })
  })
})

describe('VobizStatement.invoice', () => {
  async function invoiceOf(amount: string, margin: string, currency = 'INR') {
    const vobiz = gateway?.vobiz ?? (await start({ data: 'empty' }))
    const { auth_id } = vobiz.addCustomer()
    vobiz.add({ account_id: auth_id, amount, currency })
    const { invoice } = await ask(auth_id, `invoice(marginPercent: $margin) ${MONEY}`, YEAR, { margin })
    return invoice
  }

  it.each([
    ['1.005', '0', '1.00'],
    ['1.015', '0', '1.02'],
    ['1.025', '0', '1.02'],
    ['1.0250000000000001', '0', '1.03'],
    ['1.02499999999999999', '0', '1.02'],
    ['0.005', '0', '0.00'],
    ['0.015', '0', '0.02'],
    ['0.1125', '20', '0.14'],
    ['0.1375', '20', '0.16'],
    ['9007199254740993.125', '0', '9007199254740993.12'],
    ['9007199254740993.375', '0', '9007199254740993.38'],
    ['100', '20', '120.00'],
    ['100', '12.345', '112.34'],
    ['100', '12.355', '112.36'],
    ['100', '-20', '80.00'],
    ['100', '-100', '0.00'],
    ['0.45', '1e2', '0.90'],
    ['3', '33.333333333333333333', '4.00'],
  ])('of %s with a margin of %s %% is %s', async (usage, margin, invoice) => {
    await start({ data: 'empty' })
    expect(await invoiceOf(usage, margin)).toEqual({ amount: invoice, currency: 'INR' })
  })

  it.each([
    ['JPY', '2.5', '2'],
    ['JPY', '3.5', '4'],
    ['KWD', '0.0125', '0.012'],
    ['UYW', '0.00015', '0.0002'],
    // Prices in these are written without a fraction, and their minor unit is a hundredth all the same.
    ['HUF', '0.125', '0.12'],
    ['PKR', '0.135', '0.14'],
  ])('is rounded to the minor unit of %s', async (currency, usage, invoice) => {
    await start({ data: 'empty' })
    expect(await invoiceOf(usage, '0', currency)).toEqual({ amount: invoice, currency })
  })

  it('is exact for any usage and margin', async () => {
    const vobiz = await start({ data: 'empty' })
    const { auth_id } = vobiz.addCustomer()
    const entry = vobiz.add({ account_id: auth_id })
    await fc.assert(
      fc.asyncProperty(fc.bigInt(0n, 10n ** 22n), fc.bigInt(-100_000n, 10n ** 7n), async (micros, thousandths) => {
        const plain = (units: bigint, digits: number) => {
          const text = String(units < 0n ? -units : units).padStart(digits + 1, '0')
          return `${units < 0n ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`
        }
        vobiz.update(entry.id, { amount: plain(micros, 6) })
        const variables = { margin: plain(thousandths, 3) }
        const { invoice } = await ask(auth_id, `invoice(marginPercent: $margin) ${MONEY}`, YEAR, variables)
        // In units of 10⁻¹¹, of which a hundredth is 10⁹.
        const product = micros * (100_000n + thousandths)
        const [cents, rest] = [product / 10n ** 9n, product % 10n ** 9n]
        const half = 5n * 10n ** 8n
        const rounded = cents + (rest > half || (rest === half && cents % 2n === 1n) ? 1n : 0n)
        expect(invoice.amount).toBe(plain(rounded, 2))
      }),
      { numRuns: RUNS.walks(40) },
    )
  })

  it('has no margin by default', async () => {
    const vobiz = await start({ data: 'empty' })
    const { auth_id } = vobiz.addCustomer()
    vobiz.add({ account_id: auth_id, amount: '0.128' })
    expect(await ask(auth_id, 'invoice { amount }')).toEqual({ invoice: { amount: '0.13' } })
  })
})

describe('bad input to a statement', () => {
  const refusals = async ({ errors, requests }: QueryResult<unknown>) => [
    errors.map(({ extensions, message }) => [extensions.code, message]),
    requests.VOBIZ,
  ]

  it('is a period that ends before it begins', async () => {
    const vobiz = await start()
    const answer = await query(vobiz.customers[0]!.auth_id, SUMS, { from: '2026-08-02', to: '2026-08-01' })
    expect(answer.data).toEqual({ vobizCustomer: null })
    expect(await refusals(answer)).toEqual([
      [['BAD_USER_INPUT', 'Period "from" must not be after "to"; got 2026-08-02 and 2026-08-01.']],
      1,
    ])
  })

  it.each([
    [{ from: '2026-02-30', to: '2026-03-01' }],
    [{ from: '2026-02-01T00:00:00Z', to: '2026-03-01' }],
    [{ from: '2026-02-01', to: 20260301 }],
  ])('is a period that does not consist of days, and costs no request: %o', async (period) => {
    const vobiz = await start()
    const { errors, requests } = await query(vobiz.customers[0]!.auth_id, SUMS, period)
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
    expect(requests.VOBIZ).toBe(0)
  })

  it.each(['-100.00000001', '-1e3'])('is a margin under -100 percent: %s', async (margin) => {
    const vobiz = await start()
    const selection = `invoice(marginPercent: $margin) ${MONEY}`
    const answer = await query(vobiz.customers[0]!.auth_id, selection, YEAR, { margin })
    const got = margin === '-1e3' ? '-1000' : margin
    expect(await refusals(answer)).toEqual([
      [['BAD_USER_INPUT', `Argument "marginPercent" must be at least -100; got ${got}.`]],
      1,
    ])
  })

  it.each(['', 'a fifth', '20%', '0x20', 'NaN', 20, null])(
    'is a margin that is no decimal text: %j',
    async (margin) => {
      const vobiz = await start()
      const selection = `invoice(marginPercent: $margin) ${MONEY}`
      const { errors, requests } = await query(vobiz.customers[0]!.auth_id, selection, YEAR, { margin })
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
      expect(requests.VOBIZ).toBe(0)
    },
  )
})
