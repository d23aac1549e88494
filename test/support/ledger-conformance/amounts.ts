import { describe, expect, it } from 'vitest'
import { at, type ConformanceSuite } from './suite.ts'

/** Amounts in major units, by the number of fraction digits of the currency. Some have no exact binary fraction. */
const AMOUNTS: Readonly<Record<string, readonly string[]>> = {
  JPY: ['1', '1250', '9007199254740993'],
  KWD: ['0.001', '1.005', '90071992547409.931'],
}
const USUAL = ['0.01', '0.29', '1.15', '90071992547409.93']

interface Merged {
  readonly transactions: { readonly nodes: readonly { readonly providerId: string }[] }
}

/** Checks amounts of currencies with different minor units. */
export function describeAmounts({ traits, subject, query, listIn }: ConformanceSuite): void {
  describe('amounts', () => {
    it.each(traits.currencies)('of %s are exact in lists, by id, in filters and in sums', async (currency) => {
      const amounts = AMOUNTS[currency] ?? USUAL
      const ids = amounts.map((amount, index) =>
        subject().add({ createdAt: at(index), amount, currency, direction: 'CREDIT' }),
      )
      const expected = amounts.map((amount, index) => ({ providerId: ids[index], amount: { amount, currency } }))
      const selection = 'edges { node { id providerId amount { amount currency } } }'
      const { data, errors } = await query({ first: 10, order: 'OLDEST_FIRST' }, selection)
      expect(errors).toEqual([])
      const nodes = listIn(data)!.edges.map(({ node }) => node!)
      expect(nodes).toEqual(expected.map((entry) => ({ id: expect.any(String), ...entry })))

      const { nodes: again } = await subject().gateway.ask<{ nodes: unknown }>(
        'query($ids: [ID!]!) { nodes(ids: $ids) { ... on Transaction { providerId amount { amount currency } } } }',
        { ids: nodes.map(({ id }) => id) },
      )
      expect(again).toEqual(expected)

      for (const [index, amount] of amounts.entries()) {
        const { transactions } = await subject().gateway.ask<Merged>(
          `{ transactions(filter: {
            providers: [${traits.provider}] currency: "${currency}" minAmount: "${amount}" maxAmount: "${amount}"
          }) { nodes { providerId } } }`,
        )
        expect(transactions.nodes).toEqual([{ providerId: ids[index] }])
      }
    })
  })
}
