import { afterEach, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway | null = null
afterEach(() => gateway?.close())

describe('Money', () => {
  it.each([
    ['INR', '0.125', 2, '0.12'],
    ['INR', '0.135', 2, '0.14'],
    ['INR', '7', 2, '7.00'],
    ['JPY', '2.5', 0, '2'],
    ['KWD', '0.0125', 3, '0.012'],
    ['CLF', '1.00005', 4, '1.0000'],
    ['ZZZ', '1.005', 2, '1.00'],
  ])('rounds %s %s to %i digits, half to even: %s', async (currency, amount, minorUnitDigits, rounded) => {
    gateway = await startGateway({ data: 'empty' })
    gateway.vobiz.add({ currency, amount })
    const { transactions } = await gateway.ask<{ transactions: { nodes: unknown[] } }>(
      '{ transactions { nodes { amount { amount currency minorUnitDigits rounded } } } }',
    )
    expect(transactions.nodes).toEqual([{ amount: { amount, currency, minorUnitDigits, rounded } }])
  })

  it('keeps the sign of a negative balance', async () => {
    gateway = await startGateway({ data: 'empty' })
    const { auth_id } = gateway.vobiz.addCustomer({ cash_credits: '-12.34500' })
    expect(await gateway.ask(`{ vobizCustomer(authId: "${auth_id}") { balance { amount rounded } } }`)).toEqual({
      vobizCustomer: { balance: { amount: '-12.34500', rounded: '-12.34' } },
    })
  })
})
