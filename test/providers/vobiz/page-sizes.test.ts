import { afterEach, describe, expect, it } from 'vitest'
import type { VobizSandboxTraits } from '../../../src/providers/vobiz/sandbox/index.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'
import { collectRows } from '../../support/pages.ts'

let gateway: TestGateway
afterEach(() => gateway.close())

/** A gateway over a partner with two customers, whose ledgers have so many entries. */
async function start(perPage: VobizSandboxTraits['perPage'], entries: readonly [number, number]) {
  gateway = await startGateway({
    sandboxes: {
      vobiz: { data: 'empty', traits: { perPage, globalLedger: 403, summary: 'absent' } },
      kobble: { data: 'empty' },
    },
  })
  for (const [index, count] of entries.entries()) {
    const account_id = `MA_${index + 1}`
    gateway.vobiz.addCustomer({ auth_id: account_id })
    for (let entry = 0; entry < count; entry++) gateway.vobiz.add({ account_id, amount: '1' })
  }
}

const SUMS = '{ vobizTransactions { totalCount summary { count } } }'

describe('page sizes of Vobiz', () => {
  it('sums every entry when Vobiz fixes 40 rows a page without reporting it', async () => {
    await start({ fixed: 40, echo: false }, [41, 11])
    expect(await gateway.ask(SUMS)).toEqual({ vobizTransactions: { totalCount: 52, summary: { count: 52 } } })
    // The limit that the process has learned is right after that, too.
    expect(await gateway.ask(SUMS)).toEqual({ vobizTransactions: { totalCount: 52, summary: { count: 52 } } })
  })

  it.each([
    ['fixes the page size', { fixed: 7, echo: false }],
    ['clamps the page size', { clampTo: 7, echo: false }],
  ])('lists every entry once when Vobiz %s without reporting it', async (_, perPage) => {
    await start(perPage, [41, 11])
    const document =
      'query($after: String) { vobizTransactions(first: 9, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }'
    const read = async (after: string | null) =>
      (await gateway.ask<{ vobizTransactions: Page }>(document, { after })).vobizTransactions
    const seen = await collectRows(read, ({ nodes }) => nodes.map(({ id }) => id))
    expect([seen.length, new Set(seen).size]).toEqual([52, 52])
  })

  it('lists every entry once while a list that is shorter than the fixed page is read, too', async () => {
    await start({ fixed: 40, echo: false }, [41, 11])
    const read = async (after: string | null) => {
      await gateway.ask('{ vobizCustomer(authId: "MA_2") { transactions(first: 5) { nodes { id } } } }')
      const answer: { readonly vobizCustomer: { readonly transactions: Page } } = await gateway.ask(
        `query($after: String) {
          vobizCustomer(authId: "MA_1") {
            transactions(first: 32, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
          }
        }`,
        { after },
      )
      return answer.vobizCustomer.transactions
    }
    const seen = await collectRows(read, ({ nodes }) => nodes.map(({ id }) => id))
    expect([seen.length, new Set(seen).size]).toEqual([41, 41])
  })

  it.each([
    ['an empty page', () => []],
    ['a short page', (rows: unknown[]) => rows.slice(1)],
  ])('fails instead of answering a shorter list when Vobiz sends %s inside it', async (_, cut) => {
    await start({}, [30, 0])
    gateway.vobiz.server.fault({
      kind: 'alter',
      on: ({ path }) => path === '/accounts/MA_1/transactions',
      alter: (reply) => {
        const json = reply.json as { transactions: unknown[] }
        return { ...reply, json: { ...json, transactions: cut(json.transactions) } }
      },
    })
    const { data, errors } = await gateway.query('{ vobizTransactions(first: 20) { nodes { id } } }')
    expect(data).toBeNull()
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_INVALID_RESPONSE'])
  })

  it('keeps the page size for everybody when a request is refused whatever its size', async () => {
    await start({}, [30, 30])
    const refused = ({ path }: { path: string }) => path === '/accounts/MA_2/transactions'
    gateway.vobiz.server.fault({ kind: 'reply', on: refused, reply: { status: 422, json: {} } })
    const list = (authId: string) =>
      gateway.query(`{ vobizCustomer(authId: "${authId}") { transactions(first: 30) { nodes { id } } } }`)
    const { errors } = await list('MA_2')
    expect(errors.map(({ extensions }) => [extensions.code, extensions.status])).toEqual([['UPSTREAM_ERROR', 422]])
    const before = gateway.vobiz.server.requests.length
    expect((await list('MA_1')).errors).toEqual([])
    const sizes = gateway.vobiz.server.requests.slice(before).map(({ query }) => query.get('per_page'))
    expect(sizes.at(-1)).toBe('30')
  })
})

interface Page {
  readonly nodes: readonly { readonly id: string }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}
