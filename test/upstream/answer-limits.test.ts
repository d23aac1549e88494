import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { UpstreamReply } from '../../src/sandbox/server.ts'
import {
  type AnswerLimits,
  pageLimits,
  parseLimited,
  SINGLE_ROW,
  WHOLE_LIST,
} from '../../src/upstream/answer-limits.ts'
import { createClient } from '../../src/upstream/client.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const rows = (count: number) => Array.from({ length: count }, (_, id) => ({ id }))
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

describe('parseLimited()', () => {
  it.each<[string, string, AnswerLimits, string | null]>([
    ['a page of as many rows as allowed', JSON.stringify(rows(200)), pageLimits(200), null],
    ['a page of a row more', JSON.stringify(rows(201)), pageLimits(200), 'expected at most 200 rows'],
    [
      'such a page as a member',
      JSON.stringify({ total: 1, data: rows(201) }),
      pageLimits(200),
      'expected at most 200 rows',
    ],
    ['a list without a limit on rows', JSON.stringify(rows(5000)), WHOLE_LIST, null],
    ['64 levels', nested(64), SINGLE_ROW, null],
    ['65 levels', nested(65), SINGLE_ROW, 'expected at most 64 levels'],
    ['far too many levels', nested(100_000), SINGLE_ROW, 'expected at most 64 levels'],
    ['65 levels beside many rows', `[${nested(64)}${',0'.repeat(200)}]`, pageLimits(200), 'expected at most 200 rows'],
    ['as many values as allowed', JSON.stringify({ metadata: Array(16_000).fill(0) }), SINGLE_ROW, null],
    [
      'too many values',
      JSON.stringify({ metadata: Array(17_000).fill(0) }),
      SINGLE_ROW,
      'expected at most 16384 values',
    ],
    ['commas in a text', JSON.stringify({ info: ','.repeat(20_000) }), SINGLE_ROW, null],
  ])('checks %s', (_, text, limits, expected) => {
    const result = parseLimited(text, limits)
    expect('expected' in result ? result.expected : null).toBe(expected)
  })

  it.each(['[1,2', '['.repeat(100_000), `${nested(70)}]`])('throws for a text that is not JSON', (text) => {
    expect(() => parseLimited(text, SINGLE_ROW)).toThrow(SyntaxError)
  })
})

describe('createClient() with limits', () => {
  it.each([
    ['announced', false],
    ['counted while it is read', true],
  ])('rejects a body of a byte too much that is %s, and keeps working', async (_, isChunked) => {
    let bytes = 1001
    const server = createServer((_request, response) => {
      const body = `"${'x'.repeat(bytes - 2)}"`
      if (!isChunked) response.setHeader('content-length', bytes)
      response.write(body.slice(0, 600))
      response.end(body.slice(600))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const client = createClient({ provider: 'TEST', baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 5000 })
    const get = () => client.get({ operation: 'getThing', path: '/thing', limits: { maxBytes: 1000 } })
    try {
      await expect(get()).rejects.toMatchObject({
        code: 'UPSTREAM_INVALID_RESPONSE',
        message: expect.stringContaining('expected at most 1000 bytes'),
      })
      bytes = 1000
      expect((await get()).json).toHaveLength(998)
    } finally {
      await client.close()
      server.close()
    }
  })
})

describe('answers beyond the limits', () => {
  let gateway: TestGateway
  afterEach(() => gateway.close())

  const HUGE = Array(1_000_000).fill(0)
  const deep = JSON.parse(`${'{"a":'.repeat(90)}1${'}'.repeat(90)}`) as unknown
  const alterRows = (field: string, change: (list: Record<string, unknown>[]) => unknown) => (reply: UpstreamReply) => {
    const json = reply.json as Record<string, Record<string, unknown>[]>
    return { ...reply, json: { ...json, [field]: change(json[field]!) } }
  }
  const repeat = (list: readonly unknown[], count: number) => Array.from({ length: count }, () => list[0])

  it.each<[string, string, 'vobiz' | 'kobble', (reply: UpstreamReply) => UpstreamReply, RegExp]>([
    [
      'a million rows of Vobiz',
      '{ vobizTransactions(first: 1) { nodes { id } } }',
      'vobiz',
      alterRows('transactions', () => HUGE),
      /at most \d+ (?:values|rows|bytes)/,
    ],
    [
      '201 rows of Vobiz',
      '{ vobizTransactions(first: 1) { nodes { id } } }',
      'vobiz',
      alterRows('transactions', (list) => repeat(list, 201)),
      /at most 200 rows/,
    ],
    [
      '201 customers of Vobiz',
      '{ vobizCustomers(first: 1) { nodes { id } } }',
      'vobiz',
      alterRows('accounts', (list) => repeat(list, 201)),
      /at most 200 rows/,
    ],
    [
      'an entry of Vobiz that is nested too deeply',
      '{ vobizTransactions(first: 1) { nodes { id } } }',
      'vobiz',
      alterRows('transactions', ([row]) => [{ ...row, more: deep }]),
      /at most 64 levels/,
    ],
    [
      '1,001 rows of Kobble',
      '{ kobbleTransactions(first: 1) { nodes { id } } }',
      'kobble',
      (reply) => ({ ...reply, json: repeat(reply.json as unknown[], 1001) }),
      /at most 1000 rows/,
    ],
    [
      'huge metadata of Kobble',
      '{ kobbleTransactions(first: 1) { nodes { metadata } } }',
      'kobble',
      (reply) => ({ ...reply, json: [{ ...(reply.json as object[])[0], metadata: HUGE }] }),
      /at most \d+ (?:values|bytes)/,
    ],
  ])('rejects %s before any code walks over them', async (_, document, provider, alter, expected) => {
    gateway = await startGateway()
    const server = provider === 'vobiz' ? gateway.vobiz.server : gateway.kobble.api
    server.fault({ kind: 'alter', alter })
    const { errors } = await gateway.query(document)
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_INVALID_RESPONSE'])
    expect(errors[0]!.message).toMatch(expected)
  })
})
