import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createGateway, type Gateway } from '../../src/gateway.ts'
import { createLog, throttled } from '../../src/log.ts'
import { createVobizSandbox, type VobizSandbox } from '../../src/providers/vobiz/sandbox/index.ts'
import { hashApiKey } from '../../src/server/auth/api-keys.ts'
import { createListener } from '../../src/server/listener.ts'
import { addResult, combineReports, outcomeWord } from '../../src/server/operation-report.ts'
import { ListenerClient } from '../support/listener-client.ts'
import { listen, requestText, sendBytes, shut } from './support/sockets.ts'

const CANARY = 'hunter2-canary'
const KEY = 'tgw_a-key-for-the-audit'
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16)

let folder: string
let vobiz: VobizSandbox
let gateway: Gateway
let server: Server
let lines: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-audit-'))
  const file = join(folder, 'keys.json')
  await writeFile(
    file,
    JSON.stringify({ keys: [{ name: 'billing', sha256: hashApiKey(KEY).toString('hex'), grants: 'all' }] }),
  )
  vobiz = await createVobizSandbox()
  gateway = createGateway({
    environment: {
      ...vobiz.environment,
      AUTH_MODE: 'api-key',
      API_KEYS_FILE: file,
      RATE_LIMIT_PER_MINUTE: '200',
      ALLOWED_HOSTS: 'gateway.example',
    },
    log: createLog('info', (line) => lines.push(line)),
  })
  server = await listen(createListener(gateway))
})
beforeEach(() => {
  lines = []
})
afterAll(async () => {
  await shut(server)
  await gateway.close()
  await vobiz.close()
  await rm(folder, { recursive: true, force: true })
})

const entries = () => lines.map((line) => JSON.parse(line))

async function ask(query: string, more: object = {}, headers: Record<string, string> = {}) {
  const response = await gateway.yoga.fetch('http://gateway.test/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}`, ...headers },
    body: JSON.stringify({ query, ...more }),
  })
  return response.text()
}

const SUBSCRIPTION = `subscription Compare {
  vobizReconciliation(period: { from: "2026-01-01", to: "2026-01-02" }) { customersDone }
}`

/** The members of an audit line that are the same in every case. */
const line = (more: object) => ({
  time: expect.any(String),
  level: 'info',
  message: 'operation',
  requestId: expect.any(String),
  caller: 'billing',
  kind: 'query',
  outcome: 'ok',
  durationMs: expect.any(Number),
  upstream: {},
  ...more,
})

describe('the audit line of an operation', () => {
  it('has the caller, the name, the outcome, the duration and the upstream cost', async () => {
    await ask('query Newest { transactions(first: 3) { nodes { id } } }')
    expect(entries()).toEqual([
      line({ operation: 'Newest', upstream: { VOBIZ: { requests: 1, rows: expect.any(Number) } } }),
    ])
    const [{ durationMs, upstream }] = entries()
    expect(Number.isInteger(durationMs)).toBe(true)
    expect(upstream.VOBIZ.rows).toBeGreaterThanOrEqual(3)
  })

  it('has the hash of the document when the operation has no name', async () => {
    const query = '{ __typename }'
    await ask(query)
    expect(entries()).toEqual([line({ document: hashOf(query) })])
  })

  it('has the selected operation, with a shortened name', async () => {
    const name = 'N'.repeat(150)
    await ask(`query Other { __typename } query ${name} { __typename }`, { operationName: name })
    expect(entries()).toEqual([line({ operation: 'N'.repeat(100) })])
  })

  it('has the codes of the errors', async () => {
    const query = 'query Half { __typename transactions(after: "no") { totalCount } kobbleWallets { totalCount } }'
    await ask(query)
    expect(entries()).toEqual([
      line({
        operation: 'Half',
        outcome: expect.stringMatching(/^(partial|failed)$/),
        codes: expect.arrayContaining(['INVALID_CURSOR']),
      }),
    ])
  })

  it.each([
    ['is no GraphQL', `{ "${CANARY}"`, 'GRAPHQL_PARSE_FAILED'],
    ['does not fit the schema', `{ nothing(x: "${CANARY}") }`, 'GRAPHQL_VALIDATION_FAILED'],
  ])('has the hash of a document that %s', async (_, query, code) => {
    await ask(query)
    expect(entries()).toEqual([line({ document: hashOf(query), kind: null, outcome: 'failed', codes: [code] })])
  })

  it('is written once for a subscription, after its last event', async () => {
    const text = await ask(SUBSCRIPTION, {}, { accept: 'text/event-stream' })
    const events = text.match(/^event: next$/gm)!.length
    expect(events).toBeGreaterThan(0)
    expect(entries()).toEqual([
      line({ operation: 'Compare', kind: 'subscription', events, upstream: { VOBIZ: expect.any(Object) } }),
    ])
  })

  it('is written for a caller who disconnects, with the cost until then', async () => {
    vobiz.server.fault({ kind: 'hang' })
    const leaving = new AbortController()
    const before = vobiz.server.requests.length
    const answer = gateway.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ query: 'query Left { transactions(first: 3) { nodes { id } } }' }),
      signal: leaving.signal,
    })
    await expect.poll(() => vobiz.server.requests.length).toBeGreaterThan(before)
    leaving.abort()
    await Promise.resolve(answer).catch(() => {})
    await expect.poll(entries).toHaveLength(1)
    vobiz.server.clearFaults()
    expect(entries()).toEqual([line({ operation: 'Left', outcome: 'aborted', upstream: expect.any(Object) })])
  })

  it('holds no text of the document, no variable, no header and no credential', async () => {
    await ask(
      'query Find($reference: String) { transactions(filter: { referenceContains: $reference }) { totalCount } other: node(id: "hunter2-canary") { id } }',
      { variables: { reference: CANARY }, extensions: { note: CANARY } },
      { 'x-note': CANARY },
    )
    await ask('{ __typename }', { operationName: CANARY })
    await ask(`query ${CANARY.replace('-', '_')} { nothing }`, {}, { authorization: `Bearer ${CANARY}` })
    expect(lines.length).toBeGreaterThanOrEqual(3)
    expect(lines.join()).not.toContain(CANARY)
    expect(lines.join()).not.toContain(KEY)
  })

  it('is written while the level is info or below, in both ways in', async () => {
    const written: string[] = []
    const log = createLog('warn', (text) => written.push(JSON.parse(text).operation))
    const quiet = createGateway({ environment: {}, log })
    const client = new ListenerClient(quiet)
    const send = async (name: string) => {
      await quiet.yoga.fetch(`http://gateway.test/graphql?query=query+${name}{__typename}`)
      const body = JSON.stringify({ query: `query ${name}Plain { __typename }` })
      await client.post(body, { 'content-type': 'application/json' })
    }
    await send('Before')
    log.level = 'info'
    await send('During')
    log.level = 'error'
    await send('After')
    await client.close()
    await quiet.close()
    expect(written).toEqual(['During', 'DuringPlain'])
  })
})

describe('combineReports()', () => {
  const none = () => {}

  it('is enabled while the report at times is, unless another one is always wanted', () => {
    let isEnabled = false
    const atTimes = { isEnabled: () => isEnabled, report: none }
    const [alone, withOther] = [combineReports(atTimes, [null]), combineReports(atTimes, [none])]
    expect([alone.isEnabled(), withOther.isEnabled()]).toEqual([false, true])
    isEnabled = true
    expect([alone.isEnabled(), withOther.isEnabled()]).toEqual([true, true])
  })

  it('passes each operation to all reports that want it', () => {
    const received: string[] = []
    let isEnabled = false
    const to = (name: string) => () => void received.push(name)
    const reports = combineReports({ isEnabled: () => isEnabled, report: to('log') }, [
      to('trace'),
      null,
      to('metrics'),
    ])
    reports.report({} as never, {} as never)
    isEnabled = true
    reports.report({} as never, {} as never)
    expect(received).toEqual(['trace', 'metrics', 'log', 'trace', 'metrics'])
  })
})

describe('addResult()', () => {
  const errorsWith = (...codes: readonly (string | undefined)[]) =>
    codes.map((code) => ({ message: '', extensions: { code } })) as never
  const after = (...results: Parameters<typeof addResult>[1][]) => {
    const outcome = { codes: new Set<string>(), hasData: false }
    for (const result of results) addResult(outcome, result)
    return outcome
  }

  it.each([
    [[{ data: { a: 1 } }], 'ok', []],
    [[{ data: { a: null } }], 'ok', []],
    [[{ data: { a: null }, errors: errorsWith('X') }], 'failed', ['X']],
    [[{ data: { a: null, b: 0 }, errors: errorsWith('X', 'X', 'Y') }], 'partial', ['X', 'Y']],
    [[{ data: null, errors: errorsWith(undefined) }], 'failed', ['UNKNOWN']],
    [[{ errors: errorsWith('1', '2', '3', '4', '5', '6') }], 'failed', ['1', '2', '3', '4', '5']],
    [[{ data: { a: 1 } }, { data: null, errors: errorsWith('X') }], 'partial', ['X']],
  ] as const)('accepts %j for %s', (results, word, codes) => {
    const outcome = after(...results)
    expect([...outcome.codes]).toEqual(codes)
    expect(outcomeWord(outcome, false)).toBe(word)
    expect(outcomeWord(outcome, true)).toBe('aborted')
  })
})

describe('the log line of a rejected request', () => {
  const refused = (status: number, code: string, more: object = {}) => ({
    time: expect.any(String),
    level: 'warn',
    message: 'request refused',
    requestId: expect.any(String),
    status,
    code,
    address: '127.0.0.1',
    ...more,
  })
  const send = (fields: readonly string[], target = '/graphql?query={__typename}') =>
    sendBytes(server, requestText(target, fields))
  const LOCAL = 'host: localhost'

  it('has the address, the code and, for 401, the reason', async () => {
    await send([LOCAL])
    await send([LOCAL, `authorization: Bearer ${CANARY}`])
    await send([LOCAL, `x-api-key: ${KEY}`, 'sec-fetch-site: cross-site', 'user-agent: Mozilla/5.0'])
    await send(['host: evil.example', `x-api-key: ${KEY}`])
    const statuses = entries().filter(({ message }) => message === 'request refused')
    expect(statuses).toEqual([
      refused(401, 'UNAUTHENTICATED', { reason: 'missing' }),
      refused(401, 'UNAUTHENTICATED', { reason: 'unknown key' }),
      ...statuses.filter(({ status }) => status === 403).map(() => refused(403, 'CSRF_PREVENTED')),
      refused(421, 'HOST_NOT_ALLOWED'),
    ])
    expect(lines.join()).not.toContain(CANARY)
    expect(lines.join()).not.toContain(KEY)
  })

  it('is written for 403', async () => {
    const body = 'query={__typename}'
    // With a key in a header the request would count as preflighted.
    const anonymous = createGateway({ environment: {}, log: createLog('warn', (text) => lines.push(text)) })
    const open = await listen(createListener(anonymous))
    await sendBytes(
      open,
      `POST /graphql HTTP/1.1\r\n${LOCAL}\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    await shut(open)
    await anonymous.close()
    expect(entries()).toEqual([refused(403, 'CSRF_PREVENTED')])
  })

  it('is written for an operation that is rejected at its execution', async () => {
    const limited = createGateway({
      environment: { RATE_LIMIT_COST_PER_MINUTE: '20', LOG_LEVEL: 'warn' },
      log: createLog('warn', (text) => lines.push(text)),
    })
    const open = await listen(createListener(limited))
    const query = encodeURIComponent('{ a: __typename b: __typename c: __typename }')
    for (let sent = 0; sent < 100 && lines.length === 0; sent++)
      await sendBytes(open, requestText(`/graphql?query=${query}`, [LOCAL]))
    await shut(open)
    await limited.close()
    for (const entry of entries()) expect(entry).toEqual(refused(429, 'RATE_LIMITED'))
    expect(lines.length).toBeGreaterThan(0)
  })

  it('is written for 429, at most ten times in ten seconds', async () => {
    const limited = createGateway({
      environment: { RATE_LIMIT_PER_MINUTE: '1', LOG_LEVEL: 'warn' },
      log: createLog('warn', (text) => lines.push(text)),
    })
    const open = await listen(createListener(limited))
    for (let sent = 0; sent < 25; sent++) await sendBytes(open, requestText('/graphql?query={__typename}', [LOCAL]))
    await shut(open)
    await limited.close()
    expect(entries()).toEqual(Array(10).fill(refused(429, 'RATE_LIMITED')))
  })
})

describe('throttled()', () => {
  it('writes at most ten lines in ten seconds, and counts the omitted ones', () => {
    let now = 0
    const written: [string, unknown][] = []
    const write = throttled(
      (message, fields) => written.push([message, fields]),
      () => now,
    )
    for (let count = 0; count < 14; count++) write('first', { attempt: count })
    expect(written.map(([, fields]) => fields)).toEqual(Array.from({ length: 10 }, (_, attempt) => ({ attempt })))
    now = 9_999
    write('still', {})
    expect(written).toHaveLength(10)
    now = 10_000
    write('later', { attempt: 1 })
    write('again')
    expect(written.slice(10)).toEqual([
      ['later', { attempt: 1, unlogged: 5 }],
      ['again', undefined],
    ])
  })
})
