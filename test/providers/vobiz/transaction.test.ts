import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { vobizCustomer } from '../../../src/providers/vobiz/account.ts'
import {
  parseTransfer,
  parseVobizLocator,
  type VobizTransactionRecord,
  vobizLocator,
  vobizTransaction,
} from '../../../src/providers/vobiz/transaction.ts'
import { readAccount, readTransactionPage } from '../../../src/providers/vobiz/wire.ts'
import { DIRECTIONS, ROW_CATEGORIES, STATUSES } from './contract.ts'

const fault = { provider: 'VOBIZ', operation: 'listTransactions' }

const usageRow = {
  id: 'c3d0d1b7-64f1-4bb0-9c57-5f1f5f0f9e02',
  account_id: 'MA_EXAMPLE1',
  balance_id: '7a6f1f0e-93c4-4f5c-8a4e-7e4c2a9d0b10',
  type: 'debit',
  amount: 0.9,
  currency: 'INR',
  description: 'Stream session (70s)',
  reference: 'cdr:8d7c0f9e-1b2a-4c3d-8e9f-0a1b2c3d4e5f',
  reference_type: 'cdr',
  status: 'completed',
  processed_at: '2026-05-06T23:38:07.5-02:00',
  created_at: '2026-05-06T23:38:06.923988-02:00',
  updated_at: '2026-05-08T00:00:00+05:30',
}

/** The record of a row, by way of the wire. */
const record = (row: Record<string, unknown>) => {
  const { value } = readTransactionPage({ transactions: [row], total: 1 }, fault, 'INR', null).rows[0]!
  return value instanceof Error ? expect.fail(value.message) : vobizTransaction(value)
}

describe('vobizTransaction()', () => {
  it('maps every field', () => {
    const expected: VobizTransactionRecord = {
      provider: 'VOBIZ',
      typename: 'VobizTransaction',
      locator: 'MA_EXAMPLE1/2026-05-07/c3d0d1b7-64f1-4bb0-9c57-5f1f5f0f9e02',
      providerId: usageRow.id,
      amount: { amount: '0.9', currency: 'INR' },
      direction: 'DEBIT',
      status: 'COMPLETED',
      providerStatus: 'completed',
      category: 'USAGE',
      providerType: 'debit',
      reference: usageRow.reference,
      createdAt: '2026-05-07T01:38:06.923988Z',
      instant: 1_778_117_886_923_988_000n,
      updatedAt: '2026-05-07T18:30:00Z',
      affectsBalance: true,
      raw: usageRow,
      accountId: 'MA_EXAMPLE1',
      balanceId: usageRow.balance_id,
      description: 'Stream session (70s)',
      referenceType: 'cdr',
      processedAt: '2026-05-07T01:38:07.5Z',
    }
    const entry = record(usageRow)
    const names = Object.keys(expected) as (keyof VobizTransactionRecord)[]
    expect(Object.fromEntries(names.map((name) => [name, entry[name]]))).toEqual(expected)
  })

  it('has null for what is absent, and the creation for the update', () => {
    const { id, account_id, type, amount, status, created_at } = usageRow
    expect(record({ id, account_id, type, amount, status, created_at })).toMatchObject({
      amount: { amount: '0.9', currency: 'INR' },
      reference: null,
      balanceId: null,
      description: null,
      referenceType: null,
      processedAt: null,
      updatedAt: '2026-05-07T01:38:06.923988Z',
    })
  })

  it.each(DIRECTIONS)('type %s has direction %s', (type, direction) => {
    expect(record({ ...usageRow, type })).toMatchObject({ direction, providerType: type })
  })

  it.each(STATUSES)('status %j is %s and affects the balance: %s', (status, mapped, affectsBalance) => {
    expect(record({ ...usageRow, status })).toMatchObject({ status: mapped, providerStatus: status, affectsBalance })
  })

  it.each(ROW_CATEGORIES)(
    'a %s with reference %s and reference_type %s has category %s',
    (type, reference, reference_type, category) => {
      expect(record({ ...usageRow, type, reference, reference_type })).toMatchObject({ category })
    },
  )

  it('gives the magnitude of a debit that is below zero', () => {
    expect(record({ ...usageRow, amount: '-12.50' }).amount).toEqual({ amount: '12.50', currency: 'INR' })
  })
})

describe('parseTransfer()', () => {
  it('reads a transfer from its reference', () => {
    expect(parseTransfer('ptc:5e0c8e3a-2a77:MA_EXAMPLE1:1778140310')).toEqual({
      partnerId: '5e0c8e3a-2a77',
      customerAuthId: 'MA_EXAMPLE1',
      requestedAt: '2026-05-07T07:51:50Z',
    })
    expect(parseTransfer('ptc:p:c:253402300799')).toMatchObject({
      requestedAt: '9999-12-31T23:59:59Z',
    })
  })

  it.each([
    null,
    'ptc:',
    'ptc:p:c',
    'ptc:p::1',
    'ptc::c:1',
    'ptc:p:c:',
    'ptc:p:c:-1',
    'ptc:p:c:1.5',
    'ptc:p:c:1:2',
    'ptc:p:c:253402300800',
    ' ptc:p:c:1',
    'ptc:p:c:1\n',
    'PTC:p:c:1',
    'cdr:p:c:1',
  ])('reads no transfer from %j', (reference) => {
    expect(parseTransfer(reference)).toBeNull()
  })
})

describe('vobizLocator()', () => {
  it('round-trips any ids', () => {
    const id = fc.string({ minLength: 1, unit: 'binary' })
    fc.assert(
      fc.property(id, id, (accountId, entry) => {
        const locator = { accountId, day: '2026-05-07', id: entry }
        expect(parseVobizLocator(vobizLocator(locator))).toEqual(locator)
      }),
    )
    expect(vobizLocator({ accountId: 'a/b', day: '2026-05-07', id: 'c%' })).toBe('a%2Fb/2026-05-07/c%25')
  })

  it.each([
    '',
    'a',
    'a/2026-05-07',
    'a/2026-05-07/',
    '/2026-05-07/b',
    'a/2026-05-07/b/c',
    'a/2026-02-30/b',
    'a/2026-5-7/b',
    'a//b',
    'a/2026-05-07/%zz',
    'a/2026-05-07/%E0',
    'a/2026-05-07/%62',
    'a b/2026-05-07/c',
    '\ud800/2026-05-07/c',
  ])('does not come from %j', (text) => {
    expect(parseVobizLocator(text)).toBeNull()
  })
})

describe('vobizCustomer()', () => {
  it('maps every field', () => {
    const row = readAccount(
      { auth_id: 'MA_1', name: 'A', is_active: false, created_at: '2026-01-02T03:04:05.60+00:00' },
      fault,
      'MA_1',
    )
    expect(vobizCustomer(row)).toEqual({
      typename: 'VobizCustomer',
      locator: 'MA_1',
      displayName: 'A',
      authId: 'MA_1',
      name: 'A',
      email: null,
      company: null,
      country: null,
      isActive: false,
      listedBalance: null,
      createdAt: '2026-01-02T03:04:05.60Z',
    })
    const rich = { auth_id: 'MA_1', cash_credits: '-1300.00000', pricing_tier: { currency: 'INR' } }
    expect(vobizCustomer(readAccount(rich, fault, 'MA_1')).listedBalance).toEqual({
      amount: '-1300.00000',
      currency: 'INR',
    })
    expect(vobizCustomer(readAccount({ auth_id: 'MA_1' }, fault, 'MA_1'))).toMatchObject({ createdAt: null })
  })

  it.each([
    [{ name: ' A ', company: 'B' }, 'A'],
    [{ name: '  ', company: ' B ' }, 'B'],
    [{ name: '', company: null }, 'MA_1'],
    [{}, 'MA_1'],
  ])('displays the customer %j as %s', (fields, displayName) => {
    expect(vobizCustomer(readAccount({ auth_id: 'MA_1', ...fields }, fault, 'MA_1')).displayName).toBe(displayName)
  })
})
