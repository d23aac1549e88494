import { describe, expect, it } from 'vitest'
import { type AmountDigits, at, type ConformanceSuite, type Entry, idsOf, type List, PAGE } from './suite.ts'

/** Amounts of an API that sends decimals, in forms that a float would change. */
const DECIMALS = [
  ['0.1', '0.1', '0.1'],
  ['1234567890123.45', '1234567890123.45', '1234567890123.45'],
  ['9007199254740993', '9007199254740993', '9007199254740993'],
  ['1e-7', '1e-7', '0.0000001'],
  ['0.30000000000000004', '0.30000000000000004', '0.30000000000000004'],
  ['250.10', '250.10', '250.10'],
] satisfies readonly AmountDigits[]

/** Checks single entries: their fields, their amounts, and rows that are malformed. */
export function describeEntries({ traits, subject, fill, query, listIn, read }: ConformanceSuite): void {
  describe('entries', () => {
    it('are fetched again by their ids, the same in every field', async () => {
      fill([0, 10, 10, 20, 30])
      const fields =
        'id provider providerId amount { amount currency } direction status providerStatus category providerType ' +
        'reference createdAt updatedAt affectsBalance raw'
      const { edges } = await read({ first: 10 }, `edges { cursor node { ${fields} } } pageInfo { hasNextPage }`)
      const entries = edges.map(({ node }) => node!)
      expect(entries.map(({ providerId }) => providerId)).toEqual(subject().ids())

      const ids = entries.map(({ id }) => id)
      const again = await subject().gateway.ask<{ nodes: unknown; node: unknown }>(
        `query($ids: [ID!]!, $id: ID!) {
          nodes(ids: $ids) { __typename ... on Transaction { ${fields} } }
          node(id: $id) { ... on Transaction { ${fields} } }
        }`,
        { ids, id: ids[2] },
      )
      expect(again.nodes).toEqual(entries.map((entry) => ({ __typename: expect.any(String), ...entry })))
      expect(again.node).toEqual(entries[2])
      subject().remove(entries[2]!.providerId)
      expect(await subject().gateway.ask('query($id: ID!) { node(id: $id) { id } }', { id: ids[2] })).toEqual({
        node: null,
      })
    })

    it('that cannot be understood are null, and leave the others alone', async () => {
      fill([0, 10, 20])
      const spoilt = subject().ids()[1]!
      subject().server.fault({
        kind: 'alter',
        alter(reply) {
          const json = JSON.parse(JSON.stringify(reply.json)) as unknown
          for (const row of traits.rowsOf(json)) if (row.id === spoilt) row[traits.amountField] = 'plenty'
          return { ...reply, json }
        },
      })
      const { data, errors } = await query({ first: 3 }, `nodes { providerId } ${PAGE}`)
      const list = listIn(data) as (List & { nodes: readonly (Entry | null)[] }) | null
      const [newest, , oldest] = subject().ids()
      expect(list?.edges.map(({ node }) => node?.providerId ?? null)).toEqual([newest, null, oldest])
      expect(list?.nodes.map((node) => node?.providerId ?? null)).toEqual([newest, null, oldest])
      expect(errors).toHaveLength(2)
      for (const { path, extensions } of errors) {
        expect(path).toContain(1)
        expect(extensions).toMatchObject({
          code: 'UPSTREAM_INVALID_RESPONSE',
          provider: traits.provider,
          rowId: spoilt,
          field: traits.amountField,
        })
      }
      subject().server.clearFaults()
      expect(idsOf((await read({ first: 1, after: list!.edges[1]!.cursor })).edges)).toEqual([oldest])
    })

    it('keep every digit of their amounts, from the JSON text to the response text', async () => {
      const amounts = traits.minorUnits ?? DECIMALS
      for (const [index, [amount]] of amounts.entries()) subject().add({ createdAt: at(index), amount })
      const selection = 'nodes { id amount { amount } raw }'
      const { text } = await query({ first: 10, order: 'OLDEST_FIRST' }, selection)
      const ids = [...text.matchAll(/"id":"([^"]+)","amount":{/g)].map(([, id]) => id)
      const again = await subject().gateway.query(
        'query($ids: [ID!]!) { nodes(ids: $ids) { ... on Transaction { id amount { amount } raw } } }',
        { ids },
      )
      for (const answer of [text, again.text]) {
        expect([...answer.matchAll(/"amount":{"amount":"([^"]+)"}/g)].map(([, digits]) => digits)).toEqual(
          amounts.map(([, , shown]) => shown),
        )
        const rawAmount = new RegExp(`"${traits.amountField}":(-?[0-9][^,}]*)`, 'g')
        expect([...answer.matchAll(rawAmount)].map(([, digits]) => digits)).toEqual(amounts.map(([, sent]) => sent))
      }
    })
  })
}
