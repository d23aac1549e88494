import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UpstreamResponseError } from '../../../src/errors.ts'
import { readAccount, readAccountPage, readBalance, readTransactionPage } from '../../../src/providers/vobiz/wire.ts'
import { parseDecimal } from '../../../src/values/decimal.ts'
import { parseJson } from '../../../src/values/exact-json.ts'
import { parseInstant } from '../../../src/values/instant.ts'
import { partsOf } from '../../support/rows.ts'

const fault = { provider: 'VOBIZ', operation: 'listCustomerTransactions' }

const transferRow = {
  id: '0b2f6a54-5c1d-4e0a-9a55-3d2f8a7b1c01',
  account_id: 'MA_EXAMPLE1',
  balance_id: '7a6f1f0e-93c4-4f5c-8a4e-7e4c2a9d0b10',
  type: 'credit',
  amount: 250,
  currency: 'INR',
  description: 'Transfer from partner Example Reseller: May top-up',
  reference: 'ptc:5e0c8e3a-2a77-4b53-9f0e-0d7a5b6c1f22:MA_EXAMPLE1:1778140310',
  status: 'completed',
  processed_at: '2026-05-07T07:51:50.402147Z',
  created_at: '2026-05-07T07:51:50.402147Z',
  updated_at: '2026-05-07T07:51:50.402147Z',
}
/** A row with only the required fields. */
const barestRow = {
  id: 'a',
  account_id: 'MA_1',
  type: 'debit',
  amount: 0.9,
  status: 'completed',
  created_at: '2026-05-06T09:38:06.923988Z',
}
const summary = {
  total_transactions: 2,
  total_debit: 0.9,
  total_credit: 250,
  net_amount: 249.1,
  by_reference_type: [
    { reference_type: 'unknown', total_debit: 0, total_credit: 250, count: 1 },
    { reference_type: 'cdr', total_debit: 0.9, total_credit: 0, count: 1 },
  ],
}
const envelope = { transactions: [transferRow], summary, total: 1, page: 1, per_page: 20, total_pages: 1 }

const readPage = (json: unknown) => readTransactionPage(json, fault, 'USD', null)
/** The page of a single row, read. */
const readRow = (row: unknown) => readPage({ ...envelope, transactions: [row] }).rows[0]!
/** The error of a malformed row. */
const faultOf = (row: unknown) => {
  const { value } = readRow(row)
  if (!(value instanceof UpstreamResponseError)) return expect.fail('should be faulty')
  return { ...value.details(), message: value.message }
}
const failure = (read: () => unknown) => {
  try {
    read()
  } catch (error) {
    if (error instanceof UpstreamResponseError) return error
  }
  return expect.fail('should have failed')
}

describe('readTransactionPage()', () => {
  it('reads the documented example', () => {
    const { rows, sums, ...page } = readPage(envelope)
    expect(page).toEqual({ total: 1, page: 1, perPage: 20 })
    expect({ summary: sums.summary, fingerprint: sums.fingerprint }).toEqual({
      summary: {
        totalTransactions: 2,
        totalDebit: '0.9',
        totalCredit: '250',
        netAmount: '249.1',
        byReferenceType: [
          { referenceType: 'unknown', totalDebit: '0', totalCredit: '250', count: 1 },
          { referenceType: 'cdr', totalDebit: '0.9', totalCredit: '0', count: 1 },
        ],
      },
      fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/),
    })
    const instant = parseInstant(transferRow.created_at)!
    expect(rows.map(partsOf)).toMatchObject([
      {
        id: transferRow.id,
        instant: instant.instant,
        value: {
          ...transferRow,
          amount: '250',
          reference_type: null,
          created_at: instant,
          updated_at: instant,
          processed_at: instant,
          raw: transferRow,
        },
      },
    ])
  })

  it('shows nothing of a row of another account than the requested one, nor of sums that may include it', () => {
    const own = { ...barestRow, account_id: 'MA_2', id: 'b' }
    const missing = { ...barestRow, account_id: undefined, id: 'c' }
    const json = { ...envelope, transactions: [barestRow, own, { ...barestRow, amount: 'x' }, missing] }
    const page = readTransactionPage(json, fault, 'USD', 'MA_2')
    const foreign = {
      id: expect.stringMatching(/^row:/),
      instant: null,
      value: { field: 'account_id', rowId: null },
    }
    expect(page.rows).toMatchObject([foreign, { id: 'b', value: { account_id: 'MA_2' } }, foreign, foreign])
    expect(page.sums).toMatchObject({ summary: null, fingerprint: null })
    expect((page.rows[0]!.value as Error).message).toBe(
      'VOBIZ sent an answer that the gateway does not understand at account_id: expected the requested account.',
    )
    expect(readTransactionPage(json, fault, 'USD', null).rows[0]).toMatchObject({
      id: 'a',
      value: { account_id: 'MA_1' },
    })
  })

  it('rejects the ledger of another account than the requested one', () => {
    const json = { ...envelope, transactions: [], account_auth_id: 'MA_1' }
    expect(readTransactionPage(json, fault, 'USD', 'MA_1').rows).toEqual([])
    expect(failure(() => readTransactionPage(json, fault, 'USD', 'MA_2'))).toMatchObject({ field: 'account_auth_id' })
  })

  it('reads a row with no more than it needs, and takes the configured currency', () => {
    expect(readRow(barestRow).value).toMatchObject({
      currency: 'USD',
      balance_id: null,
      description: null,
      reference: null,
      reference_type: null,
      processed_at: null,
      updated_at: null,
      raw: barestRow,
    })
    expect(readRow({ ...barestRow, currency: '' }).value).toMatchObject({ currency: 'USD' })
    expect(readRow({ ...barestRow, currency: null }).value).toMatchObject({ currency: 'USD' })
  })

  it('keeps unknown words and ignores unknown fields', () => {
    const row = { ...barestRow, type: 'did_rental', status: 'held', reference_type: 'new', balance_before: 12 }
    expect(readRow(row).value).toMatchObject({ type: 'did_rental', status: 'held', reference_type: 'new', raw: row })
  })

  it('reads an optional time that is malformed as null', () => {
    const row = { ...barestRow, processed_at: 'yesterday', updated_at: 12, description: 5, balance_id: {} }
    expect(readRow(row).value).toMatchObject({
      processed_at: null,
      updated_at: null,
      description: null,
      balance_id: null,
      raw: row,
    })
  })

  it('keeps every digit of an amount, as number and as text', () => {
    const literal = fc.oneof(
      fc.stringMatching(/^(0|[1-9][0-9]{0,25})(\.[0-9]{1,12})?$/),
      fc.stringMatching(/^[1-9](\.[0-9]{1,3})?[eE][+-]?[0-8]?[0-9]$/),
    )
    fc.assert(
      fc.property(literal, fc.constantFrom('', '"'), (text, quote) => {
        const row = JSON.stringify(barestRow).replace('0.9', quote + text + quote)
        const { value } = readRow(parseJson(row))
        expect(value).toMatchObject({ amount: parseDecimal(text) })
        expect(JSON.stringify('raw' in value && value.raw)).toBe(row)
      }),
    )
  })

  it.each(['NaN', 'Infinity', '9'.repeat(101), '', ' 1', '1,000', '0x10', '₹1', null, undefined, true, {}, [1]])(
    'finds fault with the amount %j',
    (amount) => {
      expect(faultOf({ ...barestRow, amount })).toMatchObject({ rowId: 'a', field: 'amount' })
    },
  )

  it('rejects a credit below zero, and no other sign', () => {
    expect(faultOf({ ...barestRow, type: 'credit', amount: -5 })).toMatchObject({ field: 'amount' })
    expect(faultOf({ ...barestRow, type: 'credit', amount: '-5.00' })).toMatchObject({ field: 'amount' })
    expect(readRow({ ...barestRow, type: 'debit', amount: -5 }).value).toMatchObject({ amount: '-5' })
    expect(
      readRow(parseJson(JSON.stringify({ ...barestRow, type: 'credit' }).replace('0.9', '-0'))).value,
    ).toMatchObject({
      amount: '0',
    })
  })

  it.each([
    ['id', undefined],
    ['id', 7],
    ['id', ''],
    ['id', '\ud800'],
    ['account_id', undefined],
    ['account_id', ''],
    ['account_id', '\udfff'],
    ['type', undefined],
    ['type', 1],
    ['status', null],
    ['created_at', undefined],
    ['created_at', '2026-02-30T00:00:00Z'],
    ['created_at', 1_778_140_310],
    ['currency', 7],
    ['reference', 12],
    ['reference_type', ['cdr']],
  ])('rejects %s: %j', (field, value) => {
    expect(faultOf({ ...barestRow, [field]: value })).toMatchObject({ ...fault, field })
  })

  it('names provider, row and field, and no value', () => {
    expect(faultOf({ ...barestRow, status: { secret: 'x' } })).toEqual({
      ...fault,
      rowId: 'a',
      field: 'status',
      message: 'VOBIZ sent an answer that the gateway does not understand in row a at status: expected a text.',
    })
  })

  it('keeps good rows beside bad ones, in their order', () => {
    const { rows } = readPage({
      ...envelope,
      transactions: [barestRow, null, { ...barestRow, id: 'b', amount: 'x' }, transferRow],
    })
    expect(rows.map(({ id, instant, value }) => [id, instant, value instanceof UpstreamResponseError])).toEqual([
      ['a', parseInstant(barestRow.created_at)!.instant, false],
      [expect.stringMatching(/^row:[0-9a-f]{16}$/), null, true],
      ['b', parseInstant(barestRow.created_at)!.instant, true],
      [transferRow.id, parseInstant(transferRow.created_at)!.instant, false],
    ])
  })

  it('gives a row without an id a digest of its content as id', () => {
    const { id: _, ...nameless } = barestRow
    const reordered = Object.fromEntries(Object.entries(nameless).reverse())
    const [first, same, other] = [nameless, reordered, { ...nameless, amount: 1 }].map(readRow)
    expect(first!.id).toMatch(/^row:[0-9a-f]{16}$/)
    expect(first!.instant).toBe(parseInstant(barestRow.created_at)!.instant)
    expect(same!.id).toBe(first!.id)
    expect(other!.id).not.toBe(first!.id)
    expect(faultOf(nameless)).toEqual({ ...fault, field: 'id', message: expect.any(String) })
  })

  it.each([
    ['nothing', null, null],
    ['a bare array', [transferRow], null],
    ['no rows', { ...envelope, transactions: undefined }, 'transactions'],
    ['rows that are no array', { ...envelope, transactions: { 0: transferRow } }, 'transactions'],
    ['no total', { ...envelope, total: undefined }, 'total'],
    ['a fractional total', { ...envelope, total: 1.5 }, 'total'],
    ['a negative total', { ...envelope, total: -1 }, 'total'],
    ['a total as text', { ...envelope, total: '1' }, 'total'],
    ['the envelope of an older edition', { data: [], meta: {} }, 'transactions'],
  ])('throws for %s', (_, json, field) => {
    expect(failure(() => readPage(json))).toMatchObject({ ...fault, rowId: null, field })
  })

  it('returns null for an echo that is absent or malformed', () => {
    expect(readPage({ transactions: [], total: 0 })).toEqual({
      rows: [],
      total: 0,
      page: null,
      perPage: null,
      sums: { summary: null, fingerprint: null },
    })
    expect(readPage({ ...envelope, page: 'one', per_page: -20 })).toMatchObject({ page: null, perPage: null })
  })

  describe('summary', () => {
    const withSummary = (given: unknown) => readPage({ ...envelope, summary: given }).sums
    const zeroed = { total_transactions: 0, total_debit: 0, total_credit: 0, net_amount: 0, by_reference_type: [] }

    it.each([
      ['absent', undefined],
      ['null', null],
      ['no object', [summary]],
      ['empty', {}],
      ['without a sum', { ...summary, total_debit: null }],
      ['zeroed beside rows', zeroed],
      ['zeroed in text beside rows', { ...zeroed, total_debit: '0.00', total_credit: '0' }],
    ])('is null when it is %s', (_, given) => {
      expect(withSummary(given)).toMatchObject({ summary: null, fingerprint: null })
    })

    it('is null when it is zeroed on a page past the end', () => {
      expect(readPage({ ...envelope, transactions: [], summary: zeroed }).sums).toMatchObject({ summary: null })
    })

    it('is there when nothing happened', () => {
      expect(readPage({ ...envelope, transactions: [], total: 0, summary: zeroed }).sums).toMatchObject({
        summary: { totalTransactions: 0, totalDebit: '0', byReferenceType: [] },
        fingerprint: expect.any(String),
      })
    })

    it('keeps every digit', () => {
      const text = '{"total_transactions":3,"total_debit":9007199254740993.10,"total_credit":"0.30","net_amount":-1e-7}'
      expect(withSummary(parseJson(text)).summary).toEqual({
        totalTransactions: 3,
        totalDebit: '9007199254740993.10',
        totalCredit: '0.30',
        netAmount: '-0.0000001',
        byReferenceType: [],
      })
    })

    it('has a fingerprint that follows its content, not its order', () => {
      const reversed = {
        ...Object.fromEntries(Object.entries(summary).reverse()),
        by_reference_type: [...summary.by_reference_type].reverse(),
      }
      const { fingerprint } = withSummary(summary)
      expect(withSummary(reversed).fingerprint).toBe(fingerprint)
      expect(withSummary({ ...summary, total_debit: 0.91 }).fingerprint).not.toBe(fingerprint)
      expect(withSummary({ ...summary, by_reference_type: [] }).fingerprint).not.toBe(fingerprint)
      const precise = (digits: string) => withSummary(parseJson(JSON.stringify(summary).replace('249.1', digits)))
      expect(precise('9007199254740993').fingerprint).not.toBe(precise('9007199254740992').fingerprint)
    })
  })
})

const account = {
  id: '17',
  auth_id: 'MA_EXAMPLE1',
  auth_token: 'live-secret',
  name: 'Example Ltd',
  email: 'a@example.com',
  phone: '+91',
  company: 'Example',
  country: 'IN',
  is_active: true,
  created_at: '2026-01-02T03:04:05.678901+00:00',
}

describe('readAccountPage()', () => {
  const read = (json: unknown) => {
    const page = readAccountPage(json, { provider: 'VOBIZ', operation: 'listAccounts' })
    return { ...page, rows: page.rows.map(partsOf) }
  }

  it('reads the current and the older shape', () => {
    const instant = parseInstant(account.created_at)!
    const rows = [
      {
        id: 'MA_EXAMPLE1',
        instant: instant.instant,
        value: {
          auth_id: 'MA_EXAMPLE1',
          name: 'Example Ltd',
          email: 'a@example.com',
          company: 'Example',
          country: 'IN',
          is_active: true,
          cash_credits: null,
          pricing_currency: null,
          created_at: instant,
        },
      },
    ]
    const page = { rows, total: 1, page: 1, perPage: 20 }
    expect(read({ accounts: [account], total: 1, page: 1, size: 20 })).toEqual(page)
    expect(read({ accounts: [account], total: 1, page: 1, per_page: 20 })).toEqual(page)
    expect(read({ data: [account], meta: { total: 1, page: 1, size: 20, total_pages: 1 } })).toEqual(page)
    expect(read({ accounts: [], total: 0 })).toEqual({ rows: [], total: 0, page: null, perPage: null })
  })

  it('needs no more than the auth id', () => {
    const { rows } = read({
      accounts: [{ auth_id: 'MA_1', created_at: 'never', is_active: 'yes' }, { name: 'x' }],
      total: 2,
    })
    expect(rows[0]).toEqual({
      id: 'MA_1',
      instant: null,
      value: {
        auth_id: 'MA_1',
        name: null,
        email: null,
        company: null,
        country: null,
        is_active: null,
        cash_credits: null,
        pricing_currency: null,
        created_at: null,
      },
    })
    expect(rows[1]).toMatchObject({ id: expect.stringMatching(/^row:/), value: { rowId: null, field: 'auth_id' } })
  })

  it.each([
    null,
    [],
    {},
    { accounts: {}, total: 1 },
    { accounts: [], total: '1' },
    { data: [] },
    { data: [], meta: {} },
  ])('throws for %j', (json) => {
    expect(failure(() => read(json))).toMatchObject({ operation: 'listAccounts' })
  })
})

describe('readAccount()', () => {
  it('reads one customer, or names the malformed row', () => {
    expect(readAccount(account, fault, 'MA_EXAMPLE1')).toMatchObject({ auth_id: 'MA_EXAMPLE1', name: 'Example Ltd' })
    expect(failure(() => readAccount({}, fault, 'MA_EXAMPLE1'))).toMatchObject({ rowId: null, field: 'auth_id' })
  })

  it('rejects another customer than the requested one, and shows nothing of it', () => {
    const error = failure(() => readAccount(account, fault, 'MA_2'))
    expect(error).toMatchObject({ rowId: null, field: 'auth_id' })
    expect(error.message).not.toContain('MA_EXAMPLE1')
  })
})

describe('readBalance()', () => {
  const read = (text: string) => readBalance(parseJson(text), fault, 'USD', 'MA_EXAMPLE1')

  it('reads text and the number of older editions', () => {
    expect(read('{"cash_credits":"1300.00000","currency":"INR"}')).toEqual({ amount: '1300.00000', currency: 'INR' })
    expect(read('{"balance":1300.10,"currency":"INR"}')).toEqual({ amount: '1300.10', currency: 'INR' })
    expect(read('{"cash_credits":"-3.5"}')).toEqual({ amount: '-3.5', currency: 'USD' })
  })

  it('rejects the balance of another customer', () => {
    expect(read('{"auth_id":"MA_EXAMPLE1","cash_credits":"1"}')).toEqual({ amount: '1', currency: 'USD' })
    const error = failure(() => read('{"auth_id":"MA_2","cash_credits":"1"}'))
    expect(error).toMatchObject({ rowId: null, field: 'auth_id' })
  })

  it.each(['{}', '[]', '{"cash_credits":"many"}', '{"balance":null}'])('throws for %s', (text) => {
    expect(failure(() => read(text))).toBeInstanceOf(UpstreamResponseError)
  })
})
