import { afterEach, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../../support/gateway.ts'

let gateway: TestGateway
afterEach(() => gateway.close())

async function start(globalLedger?: 403) {
  gateway = await startGateway({
    sandboxes: {
      vobiz: { data: 'empty', ...(globalLedger && { traits: { globalLedger } }) },
      kobble: { data: 'empty' },
    },
  })
  gateway.vobiz.addCustomer({ auth_id: 'MA_1' })
  for (let entry = 0; entry < 5; entry++) gateway.vobiz.add({ account_id: 'MA_1', amount: '1' })
}

const paths = () => gateway.vobiz.server.requests.map(({ path }) => path)
const LIST = '{ vobizTransactions(first: 2) { totalCount nodes { id } } }'

describe('the global ledger of Vobiz', () => {
  it.each([403, 404, 405, 501])('stays offered when a request with a filter is refused with %i', async (status) => {
    await start()
    const reply = { status, json: {} }
    gateway.vobiz.server.fault({ kind: 'reply', on: ({ query }) => query.has('from_date'), reply })
    const { errors } = await gateway.query('{ vobizTransactions(filter: { from: "0000-01-01" }) { nodes { id } } }')
    expect(errors).toHaveLength(1)
    const before = paths().length
    await gateway.ask(LIST)
    expect(paths().slice(before)).toEqual(['/transactions'])
  })

  it('is not offered when its first page without a filter is refused as well', async () => {
    await start(403)
    const list = '{ vobizTransactions(filter: { from: "2020-01-01" }) { totalCount } }'
    expect(await gateway.ask(list)).toEqual({ vobizTransactions: { totalCount: 5 } })
    const before = paths().length
    await gateway.ask(LIST)
    expect(paths().slice(before)).not.toContain('/transactions')
  })

  it('answers a page behind its end with no entries when Vobiz answers 404', async () => {
    await start()
    const document =
      'query($after: String) { vobizTransactions(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } }'
    type Page = { vobizTransactions: { nodes: unknown[]; pageInfo: { endCursor: string } } }
    const { vobizTransactions } = await gateway.ask<Page>(document)
    for (const { id } of gateway.vobiz.entries.slice(0, 4)) gateway.vobiz.remove(id)
    const on = ({ query }: { query: URLSearchParams }) => query.get('page') !== '1'
    gateway.vobiz.server.fault({ kind: 'reply', on, reply: { status: 404, json: {} } })
    const { errors } = await gateway.query(document, { after: vobizTransactions.pageInfo.endCursor })
    expect(errors).toEqual([])
    const before = paths().length
    await gateway.ask(LIST)
    expect(paths().slice(before)).toEqual(['/transactions'])
  })
})

describe('the ledger of a customer that Vobiz lists', () => {
  it('is shorter, and no failure, where Vobiz answers 404 for a page behind its end', async () => {
    await start(403)
    for (let entry = 5; entry < 200; entry++) gateway.vobiz.add({ account_id: 'MA_1', amount: '1' })
    const document = `query($after: String) {
      vobizTransactions(first: 100, after: $after) { totalCount nodes { providerId } pageInfo { endCursor } }
    }`
    type Page = { vobizTransactions: { totalCount: number; pageInfo: { endCursor: string } } }
    const { vobizTransactions } = await gateway.ask<Page>(document)
    const ids = gateway.vobiz.entries.map(({ id }) => id)
    for (const id of ids.slice(0, 150)) gateway.vobiz.remove(id)
    gateway.vobiz.server.fault({
      kind: 'reply',
      on: ({ path, query }) => path.endsWith('/MA_1/transactions') && query.get('page') !== '1',
      reply: { status: 404, json: {} },
    })
    const next = await gateway.ask<Page>(document, { after: vobizTransactions.pageInfo.endCursor })
    expect(next.vobizTransactions).toMatchObject({
      totalCount: 50,
      nodes: ids.slice(150).map((providerId) => ({ providerId })),
    })
  })
})
