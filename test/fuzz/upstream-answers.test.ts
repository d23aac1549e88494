import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, it, vi } from 'vitest'
import type { Random } from '../../src/sandbox/random.ts'
import { exactNumber, type UpstreamReply, type UpstreamServer } from '../../src/sandbox/server.ts'
import type { TestGateway } from '../support/gateway.ts'
import { check, FUZZ_TIMEOUT_MS, fuzz } from './support/fuzz.ts'
import { checkResult, checkSound, poolOf, secretsOf, send, startFuzzed } from './support/gateway.ts'
import { mutateJson, mutateText } from './support/mutations.ts'
import { anyOperation } from './support/operations.ts'
import { GENEROUS, type RootDocument, rootDocuments } from './support/root-documents.ts'
import { anyJson, anyText, type Pool } from './support/values.ts'

/** Longer than anything that the gateway remembers of a failure. */
const FORGOTTEN_MS = 10 * 60_000

let at: TestGateway
/** All servers of the sandboxes, and those of them that are APIs. */
let servers: readonly UpstreamServer[]
let apis: readonly UpstreamServer[]
let documents: readonly RootDocument[]
let pool: Pool
/** The results of the documents without a fault. */
const whole = new Map<RootDocument, string>()
/** The time by which the clocks of this process have been advanced. */
let skewMs = 0

beforeAll(async () => {
  const now = Date.now.bind(Date)
  const elapsed = performance.now.bind(performance)
  vi.spyOn(Date, 'now').mockImplementation(() => now() + skewMs)
  vi.spyOn(performance, 'now').mockImplementation(() => elapsed() + skewMs)
  at = await startFuzzed({ ...GENEROUS, MAX_UPSTREAM_REQUESTS: '500', UPSTREAM_TIMEOUT_MS: '1000' })
  servers = [...at.sandboxes.values()].flatMap((sandbox) => sandbox.servers)
  apis = [...at.sandboxes.values()].map((sandbox) => sandbox.servers[0])
  documents = await rootDocuments(at, 3)
  pool = await poolOf(at)
  for (const document of documents) {
    const { text } = await run(document)
    check(!text.includes('"errors"'), () => `${document.query}\n${text}`)
    whole.set(document, shown(text))
  }
})
afterEach(() => {
  for (const server of servers) server.clearFaults()
})
afterAll(async () => {
  await at.close()
  vi.restoreAllMocks()
})

async function run({ query, variables = {} }: { readonly query: string; readonly variables?: object }) {
  const answer = await send(at, JSON.stringify({ query, variables }))
  checkSound(answer, secretsOf(at))
  const result = checkResult(answer)
  checkScalars(result.data)
  return { ...result, text: answer.text }
}

const FORMATS: readonly (readonly [field: RegExp, format: RegExp])[] = [
  [/_(createdAt|updatedAt|processedAt|requestedAt)$/, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/],
  [/_(amount|credit|debit|internal|net)$/, /^-?\d+(\.\d+)?$/],
  [/_cursor$/, /^[\w-]+$/],
]

/** Checks that texts of scalars are what the schema says of them, whatever the providers sent. */
function checkScalars(value: unknown, name = ''): void {
  // Values that the providers sent themselves may be anything.
  if (/_(raw|metadata|info)$/.test(name)) return
  if (Array.isArray(value)) for (const member of value) checkScalars(member)
  else if (typeof value === 'object' && value !== null) {
    for (const [field, member] of Object.entries(value)) checkScalars(member, field)
  } else if (typeof value === 'string') {
    for (const [field, format] of FORMATS) {
      check(!field.test(name) || format.test(value), () => `${name} is ${value}`)
    }
  }
}

/** An answer but for its cursors, which also hold how the list was read. */
const shown = (text: string) => text.replace(/("[^"]*[cC]ursor":)"[^"]*"/g, '$1""')

const ODD_TIMES = [
  '0000-01-01T00:00:00+23:59',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999999999Z',
  '9999-12-31T23:59:60Z',
  '9999-12-31T23:59:59-23:59',
  '2026-02-30T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01t00:00:00z',
  '2026-01-01 00:00:00+05:30',
  '2026-01-01T00:00:00',
  '2026-01-01',
  'Thu, 01 Jan 2026 00:00:00 GMT',
  '1767225600',
]
const LITERALS = [
  '-0',
  '1e400',
  '-1e400',
  '1E-400',
  '0.1e-999',
  '123456789012345678901234567890.123',
  '9007199254740993',
  '2147483648',
]

/** A value deep inside of others. */
function deep(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { value }
  return value
}

/** Values that may replace any part of an answer. */
function oddValue(random: Random, key: string | number): unknown {
  // A value that resembles the right one passes more checks.
  if (/_at$/.test(String(key)) && random.chance(0.7)) return random.pick(ODD_TIMES)
  if (random.chance(0.03)) return deep(random.pick([50, 62, 63, 64, 65, 2000]))
  return random.chance(0.3) ? exactNumber(random.pick(LITERALS)) : anyJson(random)
}

const BODIES = [
  '',
  'null',
  '[]',
  '{}',
  '""',
  '[null]',
  '[[]]',
  '[{}]',
  '{"transactions":[],"total":0}',
  '{"transactions":[null],"total":1}',
  '{"transactions":[],"total":5,"page":9,"per_page":0}',
  '{"accounts":[],"total":0}',
  '{"data":[],"meta":{"total":3}}',
  '{"data":[{}],"meta":{}}',
  '{"cash_credits":"1e999"}',
  '{"balance":"NaN"}',
  '{"__proto__":{"transactions":[]},"total":1}',
  '\ufeff[]',
  '{"a":1}{"a":2}',
  `${'['.repeat(200)}${']'.repeat(200)}`,
  `[{"id":"deep","amount":1,"asset":"AUD","asset_class":"","created_at":"2026-01-01T00:00:00Z","payment_type":"","type":"","status":"","metadata":${'['.repeat(50_000)}${']'.repeat(50_000)}}]`,
  '['.repeat(100_000),
  '<html>',
  '{"access_token":"x","expires_in":1e-9,"token_type":"Bearer"}',
]
const STATUSES = [200, 200, 200, 201, 204, 206, 301, 302, 304, 400, 401, 403, 404, 409, 418, 422, 500, 501, 503, 599]
const HEADERS = [
  'x-total-count',
  'x-offset',
  'x-limit',
  'x-page',
  'content-type',
  'retry-after',
  'location',
  'link',
  'set-cookie',
]
const HEADER_VALUES = [
  '',
  '0',
  '1',
  '-1',
  '1.5',
  '00',
  '41',
  '1e3',
  '9007199254740993',
  '4294967296',
  'NaN',
  'abc',
  '1, 2',
  ' 7',
  'http://127.0.0.1:1/',
  'Wed, 21 Oct 2065 07:28:00 GMT',
]

function alteredReply(reply: UpstreamReply, random: Random, earlier: readonly UpstreamReply[]): UpstreamReply {
  const text = JSON.stringify(reply.json)
  switch (random.integer(0, 9)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return text === undefined ? reply : { ...reply, json: mutateJson(JSON.parse(text), random, oddValue) }
    case 4:
      return { ...reply, json: undefined, text: mutateText(text ?? '', random) }
    case 5:
    case 6: {
      const headers = { ...reply.headers, [random.pick(HEADERS)]: random.pick(HEADER_VALUES) }
      return { ...reply, headers }
    }
    case 7:
      return { ...reply, status: random.pick(STATUSES) }
    case 8:
      return { ...reply, json: undefined, text: random.chance(0.9) ? random.pick(BODIES) : anyText(random) }
    default:
      return earlier.length === 0 ? reply : random.pick(earlier)
  }
}

/**
 * Has answers of the providers altered while something runs.
 *
 * @param report receives the answers that were
 */
async function whileAltered(
  random: Random,
  report: (altered: string) => void,
  run: () => Promise<unknown>,
): Promise<void> {
  const share = random.pick([0.2, 0.5, 1])
  const earlier: UpstreamReply[] = []
  const reported: string[] = []
  const alter = (reply: UpstreamReply) => {
    earlier.push(reply)
    if (!random.chance(share)) return reply
    const altered = alteredReply(reply, random, earlier)
    reported.push(JSON.stringify(altered).slice(0, 1500))
    report(reported.join('\n'))
    return altered
  }
  for (const server of random.chance(0.2) ? servers : apis) server.fault({ kind: 'alter', alter })
  try {
    await run()
  } finally {
    for (const server of servers) server.clearFaults()
    skewMs += FORGOTTEN_MS
  }
}

describe('answers of providers that are not as they should be', () => {
  it(
    'yield the valid parts and errors, and do not change later results',
    () =>
      fuzz(0.03, async (random, report) => {
        const document = random.pick(documents)
        await whileAltered(
          random,
          (altered) => report(`${document.query}\n${altered}`),
          () => run(document),
        )
        // The next operation joins requests that a failed one left in flight.
        let text = ''
        for (let attempt = 0; attempt < 5 && shown(text) !== whole.get(document); attempt++) {
          if (attempt > 0) await sleep(10 * 4 ** attempt)
          text = (await run(document)).text
        }
        check(shown(text) === whole.get(document), () => `afterwards: ${text}\ninstead of ${whole.get(document)}`)
      }),
    FUZZ_TIMEOUT_MS,
  )

  it(
    'yield a result for any operation',
    () =>
      fuzz(0.05, async (random, report) => {
        const operation = anyOperation({ schema: at.gateway.schema, pool, random, oddity: 0.01 })
        await whileAltered(
          random,
          (altered) => report(`${JSON.stringify(operation)}\n${altered}`),
          () => run(operation),
        )
      }),
    FUZZ_TIMEOUT_MS,
  )
})
