import type { Server } from 'node:http'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Random } from '../../src/sandbox/random.ts'
import { createListener } from '../../src/server/listener.ts'
import { listen, sendBytes, shut } from '../server/support/sockets.ts'
import type { TestGateway } from '../support/gateway.ts'
import { check, FUZZ_TIMEOUT_MS, fuzz } from './support/fuzz.ts'
import { checkResult, checkSound, secretsOf, startFuzzed } from './support/gateway.ts'
import { mutateText } from './support/mutations.ts'

let at: TestGateway
let server: Server

beforeAll(async () => {
  at = await startFuzzed({ ALLOWED_HOSTS: 'gateway.example' })
  server = await listen(createListener(at.gateway))
})
afterAll(async () => {
  await shut(server)
  await at.close()
})

const QUERY = `query=${encodeURIComponent('{ __typename }')}`
const SERVED = [
  'localhost',
  'localhost:4000',
  'app.localhost',
  '127.0.0.1',
  '127.0.0.1:4000',
  '[::1]',
  'gateway.example',
]
const REFUSED = ['evil.example', 'localhost.evil.example', '10.0.0.1', '[::2]', '0.0.0.0', 'gateway.example.evil']
const MALFORMED = [
  '',
  '[',
  '[]',
  '[::1',
  'a b',
  'a/b',
  'a?b',
  'a#b',
  'a@b',
  'a:b',
  'a:1:2',
  '..',
  '%00',
  '\u00e9',
  '::1',
]
const PATHS = [
  '/graphql',
  '/graphql',
  '/health',
  '/',
  '/nothing',
  '//evil.example/graphql',
  '/x/../graphql',
  '/\\graphql',
]
const SIZES = [0, 1, 63, 64, 253, 255, 256, 261, 262, 1_000, 10_000, 20_000]

/** A host of any kind: served, refused, malformed, changed, or of any size. */
function anyHost(random: Random): string {
  const kind = random.integer(0, 9)
  if (kind < 4) return random.pick(SERVED)
  if (kind === 4) return random.pick(REFUSED)
  if (kind === 5) return random.pick(MALFORMED)
  if (kind === 6) return random.text(random.pick(['a', '0', 'a.', '[]:', '1.', '-_.a0:', '\u00e9']), random.pick(SIZES))
  if (kind === 7) return `${random.pick(SERVED)}/graphql?${QUERY}#`
  return mutateText(random.pick([...SERVED, ...REFUSED]), random)
}

/** The Latin-1 characters that do not end a header or a request line. */
const oneLine = (text: string) => text.replace(/[\r\n]/g, '').replace(/[^\0-\xff]/g, '?')

interface Sent {
  readonly hosts: readonly string[]
  readonly target: string
}

function anySent(random: Random): Sent {
  const hosts = Array.from({ length: random.pick([1, 1, 1, 1, 1, 1, 0, 2, 3]) }, () => oneLine(anyHost(random)))
  const path = `${random.pick(PATHS)}?${QUERY}`
  const kind = random.integer(0, 9)
  if (kind < 6) return { hosts, target: path }
  if (kind < 8)
    return { hosts, target: oneLine(`${random.pick(['http', 'https', 'HTTP'])}://${anyHost(random)}${path}`) }
  return {
    hosts,
    target: oneLine(mutateText(random.pick([path, `http://localhost${path}`, '*', path.repeat(500)]), random)),
  }
}

const bytesOf = ({ hosts, target }: Sent, random: Random) =>
  Buffer.from(
    [
      `GET ${target} HTTP/1.1`,
      ...hosts.map((host) => `${random.pick(['Host', 'host', 'HOST'])}: ${host}`),
      'Connection: close',
      'graphql-require-preflight: 1',
      '',
      '',
    ].join('\r\n'),
    'latin1',
  )

/** Names and addresses that are served, in any spelling. */
const IS_SERVED = /^(?:(?:[\w-]+\.)*localhost\.?|gateway\.example\.?|[\d.]+|0x[\da-fx.]+|\[[\d:.a-f]+\])(?::\d*)?$/i

/** Fails unless an operation may have been executed for a request. */
function checkMayExecute({ hosts, target }: Sent): void {
  check(hosts.length === 1, () => 'executed without exactly one Host')
  const [, named, rest] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target) ?? []
  const authority = (named ?? hosts[0]!).trim()
  check(IS_SERVED.test(authority), () => `executed for ${authority}`)
  const { host, pathname, hash } = new URL(`http://${authority}${rest ?? target}`)
  check(pathname === '/graphql' && hash === '', () => `executed at ${pathname}${hash} of ${host}`)
}

describe('hosts and targets of any kind', () => {
  it(
    'execute an operation only for one host that is served, at the address of GraphQL',
    () =>
      fuzz(0.15, async (random, report) => {
        const sent = anySent(random)
        report(JSON.stringify(sent))
        const answer = await sendBytes(server, bytesOf(sent, random))
        check(answer !== null, () => 'no answer')
        const { status, body, headers } = answer
        const type = headers['content-type'] ?? ''
        checkSound({ status, type, text: body }, secretsOf(at))
        // Whatever looked at the document has taken the request for an operation.
        if (/"__typename":"Query"|GRAPHQL_/.test(body)) checkMayExecute(sent)
        else check(status !== 200 || /health/.test(sent.target), () => `status 200: ${body}`)
        // Node answers what is no HTTP by itself, without a body.
        if (/^application\//.test(type)) checkResult({ status, type, text: body })
      }),
    FUZZ_TIMEOUT_MS,
  )
})
