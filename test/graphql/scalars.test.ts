import { afterEach, describe, expect, it } from 'vitest'
import { jsonValue } from '../../src/graphql/scalars.ts'
import { parseJson } from '../../src/values/exact-json.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let at: TestGateway | null = null
afterEach(() => at?.close())

const METADATA = '{"then":1.10,"n":12345678901234567890,"nested":{"then":{"then":null}}}'
const INFO = '{"then":"later","__proto__":{"then":-0}}'

describe('JSON', () => {
  it('shows objects with a key "then" as the provider sent them, with all digits', async () => {
    at = await startGateway()
    const row = `{"id":"k1","amount":1.10,"asset":"AUD","asset_class":"CURRENCY","created_at":"2026-11-01T00:00:00Z","payment_type":"CARD","type":"CARD_SPEND","status":"ACCEPTED","metadata":${METADATA},"info":${INFO},"then":[1e-7]}`
    const inList = (reply: string) => ({ kind: 'reply', times: 1, reply: { status: 200, text: reply } }) as const
    const fields = 'raw metadata info'
    const shown = `"raw":${row},"metadata":${METADATA},"info":${INFO}}`

    at.kobble.api.fault(inList(`[${row}]`))
    const list = await at.query(`{ kobbleTransactions(first: 1) { nodes { ${fields} } } }`)
    expect(list.errors).toEqual([])
    expect(list.text).toContain(shown)

    at.kobble.api.fault(inList(row))
    const one = await at.query(`{ kobbleTransaction(providerId: "k1") { ${fields} } }`)
    expect(one.errors).toEqual([])
    expect(one.text).toContain(shown)
  })

  it('shows rows of the merged list as the provider sent them', async () => {
    at = await startGateway()
    at.vobiz.server.fault({
      kind: 'alter',
      alter: (reply) => {
        const then = { ...(parseJson('{"then":2.50}') as object) }
        const { transactions, ...rest } = reply.json as { transactions: object[] }
        return {
          ...reply,
          json: { ...rest, transactions: transactions.map((row) => ({ ...row, ...then })) },
        }
      },
    })
    const { errors, text } = await at.query(
      '{ transactions(first: 5, filter: { providers: [VOBIZ] }) { nodes { raw } } }',
    )
    expect(errors).toEqual([])
    expect(text.split('"then":2.50}')).toHaveLength(6)
  })

  it.each(['{"a":1.10}', '[{"then":1}]', '"then"', '3', 'null', 'true', '1.10', '{"then":null}', METADATA])(
    'round-trips %s',
    (text) => {
      const value = jsonValue(parseJson(text)) as { then?: unknown } | null
      expect(value?.then ?? null).toBeNull()
      expect(JSON.stringify(value)).toBe(text)
      expect(JSON.stringify(jsonValue(value))).toBe(text)
    },
  )
})
