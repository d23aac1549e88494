import { describe, expect, it } from 'vitest'
import { directionBetween, directionFor, kobbleTransaction } from '../../../src/providers/kobble/transaction.ts'
import { kobbleWallet } from '../../../src/providers/kobble/wallet.ts'
import { readTransaction, readWallet } from '../../../src/providers/kobble/wire.ts'
import { CATEGORIES, STATUSES } from './contract.ts'

const fault = { provider: 'KOBBLE', operation: 'getTransaction' }

const row = {
  id: '5463d396-3f1a-4e82-96f7-37006405e509',
  amount: '1.50',
  asset: 'AUD',
  asset_class: 'CURRENCY',
  created_at: '2025-01-15T02:42:22.101+10:00',
  external_id: '111',
  from: '47d152eb-2076-4b0c-a87a-bce74e43f4f2',
  payment_type: 'INTER_WALLET',
  reference: 'consectetur do',
  status: 'ACCEPTED',
  to: 'a5a7193b-fc96-4d39-82b8-80c5d0969e4d',
  type: 'INTER_WALLET',
  updated_at: '2025-01-14T16:42:22.103Z',
  metadata: { invoice: 12 },
  info: { note: null },
}

const record = (given: Record<string, unknown>) => {
  const { row } = readTransaction(given, fault, String(given.id))
  return row instanceof Error ? expect.fail(row.message) : kobbleTransaction(row)
}

describe('kobbleTransaction()', () => {
  it('maps every field', () => {
    expect(record(row)).toEqual({
      provider: 'KOBBLE',
      typename: 'KobbleTransaction',
      locator: row.id,
      providerId: row.id,
      amount: { amount: '1.50', currency: 'AUD' },
      status: 'COMPLETED',
      providerStatus: 'ACCEPTED',
      category: 'TRANSFER',
      providerType: 'INTER_WALLET',
      reference: 'consectetur do',
      createdAt: '2025-01-14T16:42:22.101Z',
      instant: 1_736_872_942_101_000_000n,
      updatedAt: '2025-01-14T16:42:22.103Z',
      affectsBalance: true,
      raw: row,
      asset: 'AUD',
      assetClass: 'CURRENCY',
      paymentType: 'INTER_WALLET',
      externalId: '111',
      fromId: row.from,
      toId: row.to,
      metadata: { invoice: 12 },
      info: { note: null },
    })
  })

  it('has null for what is absent, an empty object for metadata, and the creation for the update', () => {
    const { external_id, from, to, reference, updated_at, metadata, info, ...rest } = row
    expect(record(rest)).toMatchObject({
      reference: null,
      externalId: null,
      fromId: null,
      toId: null,
      metadata: {},
      info: null,
      updatedAt: '2025-01-14T16:42:22.101Z',
      raw: rest,
    })
  })

  it.each(STATUSES)('status %s is %s and affects the balance: %s', (status, mapped, affectsBalance) => {
    expect(record({ ...row, status })).toMatchObject({ status: mapped, providerStatus: status, affectsBalance })
  })

  it.each(CATEGORIES)(
    'type %s has category %s and, accepted, affects the balance: %s',
    (type, category, affectsBalance) => {
      expect(record({ ...row, type })).toMatchObject({ category, providerType: type, affectsBalance })
    },
  )
})

describe('directionBetween()', () => {
  it.each([
    [true, true, 'INTERNAL'],
    [true, false, 'DEBIT'],
    [false, true, 'CREDIT'],
    [false, false, null],
  ])('is for one who pays (%s) and receives (%s) %s', (pays, receives, direction) => {
    expect(directionBetween(pays, receives)).toBe(direction)
  })
})

describe('directionFor()', () => {
  it.each([
    ['a', 'b', 'INTERNAL'],
    ['a', 'a', 'INTERNAL'],
    ['a', 'c', 'DEBIT'],
    ['c', 'b', 'CREDIT'],
    ['a', null, 'DEBIT'],
    [null, 'b', 'CREDIT'],
    ['c', 'd', null],
    [null, null, null],
  ])('from %j to %j is, as seen from a and b, %s', (from, to, direction) => {
    expect(directionFor(new Set(['a', 'b']))(record({ ...row, from, to }))).toBe(direction)
  })
})

describe('kobbleWallet()', () => {
  it('maps every field', () => {
    const wallet = {
      id: 'w',
      status: 'ACTIVE',
      asset: 'AUD',
      amount: 99.5,
      reserved_amount: '0.50',
      total_amount: 100,
      created_at: '2025-05-01T00:00:00.000Z',
    }
    const bare = {
      typename: 'KobbleWallet',
      locator: 'w',
      displayName: 'Wallet w',
      providerId: 'w',
      externalId: null,
      holderId: null,
      status: 'ACTIVE',
      available: { amount: '99.5', currency: 'AUD' },
      reserved: { amount: '0.50', currency: 'AUD' },
      total: { amount: '100', currency: 'AUD' },
      createdAt: '2025-05-01T00:00:00.000Z',
      updatedAt: '2025-05-01T00:00:00.000Z',
    }
    expect(kobbleWallet(readWallet(wallet, fault, wallet.id))).toEqual(bare)
    const more = { external_id: 'e', holder_id: 'h', updated_at: '2025-06-02T01:20:30.456Z' }
    expect(kobbleWallet(readWallet({ ...wallet, ...more }, fault, wallet.id))).toEqual({
      ...bare,
      externalId: 'e',
      holderId: 'h',
      updatedAt: '2025-06-02T01:20:30.456Z',
    })
    const uuid = '7563fb62-373b-439e-abf9-05bc78940bd3'
    expect(kobbleWallet(readWallet({ ...wallet, id: uuid }, fault, uuid)).displayName).toBe('Wallet 7563fb62')
  })
})
