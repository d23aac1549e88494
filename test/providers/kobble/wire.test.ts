import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UpstreamResponseError } from '../../../src/errors.ts'
import {
  readAccessToken,
  readTransaction,
  readTransactionPage,
  readWallet,
  readWalletPage,
} from '../../../src/providers/kobble/wire.ts'
import { parseDecimal } from '../../../src/values/decimal.ts'
import { parseJson } from '../../../src/values/exact-json.ts'
import { parseInstant } from '../../../src/values/instant.ts'
import { partsOf } from '../../support/rows.ts'

const fault = { provider: 'KOBBLE', operation: 'listTransactions' }

/** The example of the documentation's page "Get all transactions". */
const documentedRow = {
  id: '5463d396-3f1a-4e82-96f7-37006405e509',
  amount: 1,
  asset: 'AUD',
  asset_class: 'CURRENCY',
  created_at: '2025-01-14T16:42:22.101Z',
  external_id: '111',
  from: '47d152eb-2076-4b0c-a87a-bce74e43f4f2',
  payment_type: 'INTER_WALLET',
  reference: 'consectetur do',
  status: 'DECLINED',
  to: 'a5a7193b-fc96-4d39-82b8-80c5d0969e4d',
  type: 'SETTLEMENT',
  updated_at: '2025-01-14T16:42:22.103Z',
  metadata: {},
  info: null,
}
/** A row with only the required fields. */
const barestRow = {
  id: 'a',
  amount: 25.5,
  asset: 'AUD',
  asset_class: 'CURRENCY',
  created_at: '2025-06-02T01:20:30.123Z',
  payment_type: 'CARD',
  status: 'PENDING',
  type: 'RESERVATION',
}

const readPage = (json: unknown, headers: Record<string, string> = {}, walletId: string | null = null) =>
  readTransactionPage({ headers, json }, fault, walletId)
const readRow = (row: unknown) => readPage([row]).rows[0]!
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
    const created = parseInstant(documentedRow.created_at)!
    const headers = { 'x-total-count': '12', 'x-offset': '0', 'x-limit': '20' }
    const page = readPage([documentedRow], headers)
    expect({ ...page, rows: page.rows.map(partsOf) }).toEqual({
      rows: [
        {
          id: documentedRow.id,
          instant: created.instant,
          value: {
            ...documentedRow,
            amount: '1',
            created_at: created,
            updated_at: parseInstant(documentedRow.updated_at),
            raw: documentedRow,
          },
        },
      ],
      total: 12,
      offset: 0,
      limit: 20,
    })
  })

  it('reads a row with no more than it needs', () => {
    expect(readRow(barestRow).value).toMatchObject({
      external_id: null,
      from: null,
      to: null,
      reference: null,
      metadata: {},
      info: null,
      updated_at: null,
      raw: barestRow,
    })
  })

  it('keeps words that it does not know, free-form values as they are, and unknown fields in `raw`', () => {
    const row = {
      ...barestRow,
      type: 'MANUAL_DEBIT',
      status: 'HELD',
      payment_type: 'BPAY',
      asset_class: 'POINTS',
      reference: '',
      metadata: { deep: [1, { x: null }] },
      info: 'note',
      fee: 2,
    }
    const { fee: _, ...known } = row
    expect(readRow(row).value).toEqual({
      ...known,
      amount: '25.5',
      created_at: parseInstant(row.created_at),
      updated_at: null,
      external_id: null,
      from: null,
      to: null,
      raw: row,
    })
  })

  it('reads an empty party as null, and a malformed optional field as absent', () => {
    const row = { ...barestRow, from: '', to: 'w', updated_at: 'later', external_id: 111, metadata: null }
    expect(readRow(row).value).toMatchObject({
      from: null,
      to: 'w',
      updated_at: null,
      external_id: null,
      metadata: {},
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
        const row = JSON.stringify({ ...barestRow, metadata: { n: 0 } })
          .replace('25.5', quote + text + quote)
          .replace('"n":0', `"n":${text}`)
        const { value } = readRow(parseJson(row))
        expect(value).toMatchObject({ amount: parseDecimal(text) })
        expect(JSON.stringify('raw' in value && [value.raw, value.metadata])).toBe(`[${row},{"n":${text}}]`)
      }),
    )
  })

  it.each(['NaN', '9'.repeat(101), '', '1,000', '$1', -1, '-0.01', null, undefined, false, {}])(
    'finds fault with the amount %j',
    (amount) => {
      expect(faultOf({ ...barestRow, amount })).toMatchObject({ rowId: 'a', field: 'amount' })
    },
  )

  it.each([
    ['id', undefined],
    ['id', 7],
    ['id', ''],
    ['id', '\ud800'],
    ['asset', undefined],
    ['asset', ''],
    ['asset_class', undefined],
    ['payment_type', null],
    ['type', undefined],
    ['status', 1],
    ['created_at', undefined],
    ['created_at', '2025-06-02'],
    ['from', 7],
    ['to', {}],
    ['reference', 5],
  ])('rejects %s: %j', (field, value) => {
    expect(faultOf({ ...barestRow, [field]: value })).toMatchObject({ ...fault, field })
  })

  it('names provider, row and field, and no value', () => {
    expect(faultOf({ ...barestRow, status: ['secret'] })).toEqual({
      ...fault,
      rowId: 'a',
      field: 'status',
      message: 'KOBBLE sent an answer that the gateway does not understand in row a at status: expected a text.',
    })
  })

  it('keeps good rows beside bad ones, in their order', () => {
    const { id: _, ...nameless } = barestRow
    const { rows } = readPage([barestRow, 5, { ...barestRow, id: 'b', type: null }, nameless, documentedRow])
    const barest = parseInstant(barestRow.created_at)!.instant
    expect(rows.map(({ id, instant, value }) => [id, instant, value instanceof UpstreamResponseError])).toEqual([
      ['a', barest, false],
      [expect.stringMatching(/^row:[0-9a-f]{16}$/), null, true],
      ['b', barest, true],
      [expect.stringMatching(/^row:[0-9a-f]{16}$/), barest, true],
      [documentedRow.id, parseInstant(documentedRow.created_at)!.instant, false],
    ])
  })

  it.each([null, {}, { transactions: [] }, { message: 'Unauthorized' }, 'x', 1])(
    'throws for %j, which is no array',
    (json) => {
      expect(failure(() => readPage(json))).toMatchObject({ ...fault, rowId: null, field: null })
    },
  )

  it.each(['', '-1', '1.5', '1e3', ' 1', '0x1', 'many', '1, 1', '9'.repeat(20)])(
    'takes the paging header %j for absent',
    (text) => {
      const headers = { 'x-total-count': text, 'x-offset': text, 'x-limit': text }
      expect(readPage([], headers)).toEqual({ rows: [], total: null, offset: null, limit: null })
    },
  )

  it('shows no id of a malformed row that does not name the requested wallet', () => {
    const { from, to } = documentedRow
    const malformed = { ...documentedRow, amount: 'x' }
    for (const walletId of [from, to, null]) {
      expect(readPage([malformed], {}, walletId).rows[0]).toMatchObject({
        id: documentedRow.id,
        value: { rowId: documentedRow.id, field: 'amount' },
      })
    }
    const [row] = readPage([malformed], {}, 'another').rows
    expect(row).toMatchObject({
      id: expect.stringMatching(/^row:/),
      instant: null,
      value: { rowId: null, field: 'amount', provider: 'KOBBLE' },
    })
    expect((row!.value as Error).message).toBe(
      'KOBBLE sent an answer that the gateway does not understand at amount: expected a decimal number.',
    )
  })

  it('returns null for absent paging headers', () => {
    expect(readPage([])).toEqual({ rows: [], total: null, offset: null, limit: null })
  })
})

describe('readTransaction()', () => {
  it('reads one, or names the malformed row', () => {
    const { id, from, to } = documentedRow
    expect(readTransaction(documentedRow, fault, id)).toMatchObject({ row: { id, raw: documentedRow } })
    expect(readTransaction({ ...documentedRow, amount: 'x' }, fault, id)).toMatchObject({
      row: { rowId: id, field: 'amount' },
      walletIds: [from, to],
    })
    expect(readTransaction([documentedRow], fault, id)).toMatchObject({
      row: { rowId: null, field: null },
      walletIds: [],
    })
  })

  it('rejects an answer with another id, and shows nothing of it', () => {
    for (const row of [documentedRow, { ...documentedRow, amount: 'x' }]) {
      const error = failure(() => readTransaction(row, fault, 'another'))
      expect(error).toMatchObject({ rowId: null, field: 'id' })
      expect(error.message).not.toContain(documentedRow.id)
    }
  })
})

describe('readWalletPage()', () => {
  const wallet = {
    id: 'w',
    external_id: null,
    created_at: '2025-05-01T00:00:00.000Z',
    updated_at: '2025-06-02T01:20:30.456Z',
    holder_id: 'h',
    asset: 'AUD',
    asset_class: 'CURRENCY',
    status: 'ACTIVE',
    partner_product: 'KOBBLE_AUD_1',
    total_amount: 100,
    amount: '99.50',
    reserved_amount: 0.5,
    account_number: '012345',
  }

  it('reads the documented example, and lets no account number through', () => {
    const page = readWalletPage(
      { headers: { 'x-total-count': '3' }, json: [wallet, { ...wallet, amount: null }] },
      fault,
    )
    const created = parseInstant(wallet.created_at)!
    expect(page).toMatchObject({
      rows: [
        {
          id: 'w',
          instant: created.instant,
          value: {
            id: 'w',
            external_id: null,
            holder_id: 'h',
            status: 'ACTIVE',
            asset: 'AUD',
            amount: '99.50',
            reserved_amount: '0.5',
            total_amount: '100',
            created_at: created,
            updated_at: parseInstant(wallet.updated_at),
          },
        },
        { id: 'w', instant: created.instant, value: { rowId: 'w', field: 'amount' } },
      ],
      total: 3,
    })
    expect(page.rows[0]!.value).not.toHaveProperty('account_number')
    expect(readWallet(wallet, fault, 'w')).toEqual(page.rows[0]!.value)
  })

  it.each(['id', 'status', 'asset', 'amount', 'reserved_amount', 'total_amount', 'created_at'])('needs %s', (field) => {
    expect(failure(() => readWallet({ ...wallet, [field]: undefined }, fault, 'w'))).toMatchObject({ field })
  })

  it('rejects an answer with another id, and shows nothing of it', () => {
    const error = failure(() => readWallet({ ...wallet, amount: null }, fault, 'v'))
    expect(error).toMatchObject({ rowId: null, field: 'id' })
  })

  it('throws for what is no array', () => {
    expect(failure(() => readWalletPage({ headers: {}, json: {} }, fault))).toMatchObject(fault)
  })
})

describe('readAccessToken()', () => {
  it.each([
    ['{"access_token":"t","expires_in":3600,"token_type":"Bearer"}', 3_600_000],
    ['{"access_token":"t","expires_in":"300","token_type":"bearer"}', 300_000],
    ['{"access_token":"t","expires_in":60.0}', 60_000],
  ])('reads %s', (text, expiresInMs) => {
    expect(readAccessToken(parseJson(text), fault)).toEqual({ token: 't', expiresInMs })
  })

  it.each([
    null,
    [],
    {},
    { access_token: 't' },
    { access_token: '', expires_in: 1 },
    { access_token: 'a b', expires_in: 1 },
    { access_token: 'a\r\nx: y', expires_in: 1 },
    { access_token: 't', expires_in: 0 },
    { access_token: 't', expires_in: -5 },
    { access_token: 't', expires_in: 'soon' },
    { access_token: 't', expires_in: '' },
    { access_token: 't', expires_in: 1, token_type: 'mac' },
  ])('throws for %j', (json) => {
    expect(failure(() => readAccessToken(json, fault))).toMatchObject(fault)
  })
})
