import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeGlobalId } from '../src/graphql/node.ts'
import { NO_REQUESTS, startGateway, type TestGateway } from './support/gateway.ts'

let at: TestGateway
beforeAll(async () => {
  at = await startGateway({ sandboxes: { vobiz: { data: 'empty' }, kobble: { data: 'empty' } } })
})
afterAll(() => at.close())

const IDS = ['a/b', '%2F', 'a%00', '\u0000', '..', 'é', 'x'.repeat(65), 'x'.repeat(20_000)]

describe('ids that no account can have', () => {
  it.each([
    ['vobizCustomer(authId: $id) { name }', 'vobizCustomer'],
    ['vobizCustomer(authId: $id) { transactions { totalCount } }', 'vobizCustomer'],
    ['kobbleWallet(providerId: $id) { id }', 'kobbleWallet'],
    ['kobbleTransaction(providerId: $id) { id }', 'kobbleTransaction'],
  ])('are answered with null by %s, without a request', async (field, name) => {
    for (const id of IDS) {
      const { data, errors, requests } = await at.query(`query($id: ID!) { ${field} }`, { id })
      expect({ data, errors, requests }).toEqual({ data: { [name]: null }, errors: [], requests: NO_REQUESTS })
    }
  })

  it.each([
    ['another account', (id: string) => `${encodeURIComponent(id)}/2026-01-01/e`],
    ['another entry', (id: string) => `MA_1/2026-01-01/${encodeURIComponent(id)}`],
  ])('are not looked for inside a global id: %s', async (_, locatorOf) => {
    for (const id of ['\u0000', 'é', 'x'.repeat(129)]) {
      const { data, requests } = await at.query('query($id: ID!) { node(id: $id) { id } }', {
        id: encodeGlobalId('VobizTransaction', locatorOf(id)),
      })
      expect({ data, requests }).toEqual({ data: { node: null }, requests: NO_REQUESTS })
    }
  })

  it.each([
    ['vobizCustomers', 'VobizCustomer'],
    ['kobbleWallets', 'KobbleWallet'],
  ])('are refused in %s, with the form that is expected', async (field, typename) => {
    for (const id of ['', ...IDS, ...IDS.map((own) => encodeGlobalId(typename, own))]) {
      const { errors, requests } = await at.query(
        `query($ids: [ID!]) { transactions(filter: { ${field}: $ids }) { totalCount } }`,
        { ids: ['good', id] },
      )
      expect(errors.map(({ message, extensions }) => [extensions.code, message])).toEqual([
        [
          'BAD_USER_INPUT',
          `Filter "${field}" takes global ids of ${typename}, or ids of 1 to 64 letters, digits, "_" or "-"; got something else.`,
        ],
      ])
      expect(requests).toEqual(NO_REQUESTS)
    }
  })
})
