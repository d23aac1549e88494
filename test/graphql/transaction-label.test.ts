import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { labelOf, MAX_LABEL_CHARACTERS } from '../../src/graphql/transaction-label.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway | null = null
afterEach(() => gateway?.close())

const BARE = {
  description: null,
  reference: null,
  category: null,
  providerType: 'did_rental',
  provider: 'BANK',
} as const

describe('labelOf()', () => {
  it.each([
    [{ description: 'Call to Pune', reference: 'cdr:1', category: 'USAGE' }, 'Call to Pune'],
    [{ description: '  ', reference: 'cdr:1', category: 'USAGE' }, 'cdr:1'],
    [{ reference: '', category: 'CARD_SPEND' }, 'Card spend'],
    [{ category: 'REFUND' }, 'Refund'],
    [{}, 'did_rental'],
    [{ providerType: ' ' }, 'BANK'],
    [{ description: ' Call\r\n\tto  \u0000Pune\u0007 ' }, 'Call to Pune'],
    [{ description: 'x'.repeat(200) }, 'x'.repeat(200)],
    [{ description: 'x'.repeat(201) }, `${'x'.repeat(199)}…`],
    [{ description: '📞'.repeat(201) }, `${'📞'.repeat(199)}…`],
    [{ description: `${' '.repeat(100_000)}x`, reference: 'cdr:1' }, 'cdr:1'],
  ] as const)('of %j is %j', (fields, label) => {
    expect(labelOf({ ...BARE, ...fields })).toBe(label)
  })

  it('is one line that is neither empty nor too long, whatever the provider sends', () => {
    const text = fc.string({ unit: 'binary', maxLength: 600 })
    fc.assert(
      fc.property(text, text, text, (description, reference, providerType) => {
        const label = labelOf({ ...BARE, description, reference, providerType })
        expect(label.trim()).toBe(label)
        expect(label).toMatch(/^[^\r\n\0]+$/u)
        expect([...label].length).toBeLessThanOrEqual(MAX_LABEL_CHARACTERS)
        expect(label.isWellFormed()).toBe(true)
      }),
    )
  })
})

describe('Transaction.label', () => {
  it('says what each entry is, of either provider, without a request beside the page', async () => {
    gateway = await startGateway({ data: 'empty' })
    gateway.vobiz.add({ description: 'Stream session (70s)', reference: 'cdr:1', created_at: '2026-01-01T00:00:05Z' })
    gateway.vobiz.add({ description: '', reference: 'cdr:2', created_at: '2026-01-01T00:00:04Z' })
    gateway.kobble.add({ reference: 'rent June', created_at: '2026-01-01T00:00:03.000Z' })
    gateway.kobble.add({ reference: '', type: 'CARD_SPEND', created_at: '2026-01-01T00:00:02.000Z' })
    gateway.kobble.add({ reference: '', type: 'CHARGEBACK', created_at: '2026-01-01T00:00:01.000Z' })
    const { data, requests } = await gateway.query('{ transactions { nodes { label } } }')
    expect(data).toEqual({
      transactions: {
        nodes: ['Stream session (70s)', 'cdr:2', 'rent June', 'Card spend', 'CHARGEBACK'].map((label) => ({ label })),
      },
    })
    expect(requests).toMatchObject({ VOBIZ: 1, KOBBLE: 1 })
  })
})
