import { afterEach, describe, expect, it, vi } from 'vitest'
import { encodeGlobalId } from '../../../src/graphql/node.ts'
import { vobizLocator } from '../../../src/providers/vobiz/transaction.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'

let at: TestGateway
afterEach(() => at?.close())

describe('entries that are read by their ids', () => {
  it('are looked for once in each row of their day, however many there are', async () => {
    at = await startGateway({ sandboxes: { vobiz: { data: 'empty' }, kobble: { data: 'empty' } } })
    const { auth_id: accountId } = at.vobiz.addCustomer()
    const rows = Array.from({ length: 300 }, (_, index) =>
      at.vobiz.add({ account_id: accountId, created_at: new Date(Date.UTC(2026, 0, 5, 8, 0, index)).toISOString() }),
    )
    const idOf = (id: string) => encodeGlobalId('VobizTransaction', vobizLocator({ accountId, day: '2026-01-05', id }))
    const there = rows.slice(0, 10).map(({ id }) => idOf(id))
    const missing = Array.from({ length: 90 }, (_, index) => idOf(`missing-${index}`))
    const compared = vi.spyOn(JSON, 'stringify')
    const { data, errors } = await at.query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: [...there, ...missing],
    })
    const count = compared.mock.calls.length
    compared.mockRestore()
    expect([errors, data]).toEqual([[], { nodes: [...there.map((id) => ({ id })), ...missing.map(() => null)] }])
    // Each row that is missed anew in every row of the day would be 90 times 300.
    expect(count).toBeLessThan(3000)
  })
})
