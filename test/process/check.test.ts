import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../../src/gateway.ts'
import { credentialVariablesOf, urlVariablesOf } from '../../src/process/provider-hosts.ts'
import type { Sandbox } from '../../src/sandbox/server.ts'
import { createSelfSigned } from '../support/certificates.ts'
import { type GatewayProcess, isAlive, startProcess } from './support/gateway-process.ts'

const [provider] = PROVIDERS
const { name } = provider!
const urls = urlVariablesOf(provider!)
const credentials = credentialVariablesOf(provider!)
/** Those without a default: the gateway does not start when some of them are set and others are not. */
const required = Object.keys(provider!.variables).filter(
  (each) => !provider!.variables[each]!.safeParse(undefined).success,
)
const enumerate = (names: readonly string[]) => names.join(names.length === 2 ? ' and ' : ', ')

let folder: string
let sandboxes: readonly Sandbox[]
let environment: Readonly<Record<string, string>>
/** The environment of the first provider alone. */
let own: Readonly<Record<string, string>>
const running = new Set<GatewayProcess>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-check-'))
  sandboxes = await Promise.all(PROVIDERS.map((each) => each.startSandbox({ data: 'empty' })))
  environment = Object.assign({}, ...sandboxes.map((sandbox) => sandbox.environment))
  own = sandboxes[0]!.environment as Record<string, string>
})
afterEach(() => {
  for (const started of running) if (isAlive(started.pid)) started.kill('SIGKILL')
  running.clear()
  for (const { servers } of sandboxes) for (const server of servers) server.clearFaults()
})
afterAll(async () => {
  await Promise.all(sandboxes.map((sandbox) => sandbox.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function run(args: readonly string[], given: Readonly<Record<string, string>>) {
  const started = startProcess(folder, given, { args })
  running.add(started)
  const status = await started.ended
  return { status, out: started.out(), err: started.err() }
}
const check = (given: Readonly<Record<string, string>>) => run(['--check'], given)

/** Returns the line about the first provider. */
const lineOf = (out: string) => out.split('\n').find((line) => line.startsWith(name)) ?? out

/** Replaces the address of the API of the first provider. */
const at = (url: string) => ({ ...own, [urls[0]!]: url })

describe('--check', () => {
  it('reports that all providers work, with one request to each host and status 0', async () => {
    const before = sandboxes.flatMap(({ servers }) => servers.map(({ requests }) => requests.length))
    const { status, out, err } = await check(environment)
    expect({ status, err }).toEqual({ status: 0, err: '' })
    for (const each of PROVIDERS) {
      expect(out).toMatch(new RegExp(`^${each.name} \\(127\\.0\\.0\\.1:\\d+.*\\): works\\.`, 'm'))
    }
    const after = sandboxes.flatMap(({ servers }) => servers.map(({ requests }) => requests.length))
    expect(after).toEqual(before.map((count) => count + 1))
    expect(out).not.toContain('/graphql')
  })

  it('names the credentials that a provider rejects, and not their values, with status 1', async () => {
    const secret = credentials.at(-1)!
    const { status, out, err } = await check({ ...own, [secret]: 'hunter2' })
    expect({ status, err }).toEqual({ status: 1, err: '' })
    expect(lineOf(out)).toContain('does not work: the credentials are rejected (')
    expect(lineOf(out)).toContain(`: 401). Check ${enumerate(credentials)}.`)
    expect(out).not.toContain('hunter2')
    for (const value of Object.values(own)) if (!/^http/.test(value)) expect(out).not.toContain(value)
  })

  it.each([
    ['a closed port', 'http://127.0.0.1:1/hidden', /accepts no connections on this port \(\w+: ECONNREFUSED\)/],
    ['an unknown host', 'https://nowhere.invalid/hidden', /host name (?:does not exist|cannot be resolved) \(\w+: E/],
  ])('says what is wrong with %s, without the path', async (_, url, message) => {
    const { status, out } = await check(at(url))
    expect(status).toBe(1)
    expect(lineOf(out)).toMatch(message)
    expect(out).not.toContain('hidden')
  })

  it('says that a certificate is not trusted, and names NODE_EXTRA_CA_CERTS', async () => {
    const server = createServer(await createSelfSigned('localhost'), (_, response) => response.end('{}'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { status, out } = await check(at(`https://localhost:${(server.address() as AddressInfo).port}`))
      expect(status).toBe(1)
      expect(lineOf(out)).toMatch(/self-signed, .*\(\w+: DEPTH_ZERO_SELF_SIGNED_CERT\)\. Set NODE_EXTRA_CA_CERTS/)
    } finally {
      server.close()
    }
  })

  it.each([
    ['a path that does not exist', { kind: 'reply', reply: { status: 404 } }, /no such path \(\w+: 404\)/],
    ['a redirect', { kind: 'reply', reply: { status: 302 } }, /redirects, .* \(\w+: 302\)/],
    ['a failure', { kind: 'reply', reply: { status: 503 } }, /the provider fails \(\w+: 503\)/],
    ['a web page', { kind: 'reply', reply: { status: 200, text: '<html>' } }, /not one of this provider \(/],
    ['no answer', { kind: 'hang' }, /no answer arrives within UPSTREAM_TIMEOUT_MS \(/],
  ] as const)('explains %s', async (_, fault, message) => {
    sandboxes[0]!.servers.at(-1)!.fault(fault)
    sandboxes[0]!.servers[0].fault(fault)
    const { status, out } = await check({ ...own, UPSTREAM_TIMEOUT_MS: '1000' })
    expect(status).toBe(1)
    expect(lineOf(out)).toMatch(message)
  })

  it('names the proxy on the way', async () => {
    const { status, out } = await check({
      ...at('https://api.invalid/v1'),
      HTTPS_PROXY: 'http://user:hunter2@127.0.0.1:1',
    })
    expect(status).toBe(1)
    expect(lineOf(out)).toMatch(/ through the proxy 127\.0\.0\.1:1: does not work: the proxy makes no connection \(/)
    expect(out).not.toContain('hunter2')
  })

  it('prints all issues of the configuration, with status 2', async () => {
    writeFileSync(join(folder, 'keys.json'), 'hunter2')
    const { status, out, err } = await check({
      ...own,
      MAX_DEPTH: 'deep',
      AUTH_MODE: 'api-key',
      API_KEYS_FILE: join(folder, 'missing.json'),
    })
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toContain('  MAX_DEPTH: expected a whole number from 1 to 1000\n')
    const file = await check({ ...own, AUTH_MODE: 'api-key', API_KEYS_FILE: join(folder, 'keys.json') })
    expect(file.status).toBe(2)
    expect(file.err).toMatch(/^ {2}API_KEYS_FILE: /m)
    expect(file.err).not.toContain('hunter2')
  })

  it('reports a key set and a Redis that cannot be reached', async () => {
    const { status, out } = await check({
      ...own,
      AUTH_MODE: 'jwt',
      JWT_JWKS_URL: 'http://127.0.0.1:1/keys',
      JWT_ISSUER: 'https://issuer.test',
      JWT_AUDIENCE: 'gateway',
      REDIS_URL: 'redis://:hunter2@127.0.0.1:1',
    })
    expect(status).toBe(1)
    expect(out).toContain('Key set of tokens (127.0.0.1:1): does not work (ECONNREFUSED). Check JWT_JWKS_URL.')
    expect(out).toContain('Redis: does not work (ECONNREFUSED). Check REDIS_URL')
    expect(out).not.toContain('hunter2')
  })

  it('reports a gateway without providers, which serves the sandbox', async () => {
    const { status, out } = await check({})
    expect(status).toBe(0)
    expect(lineOf(out)).toBe(`${name}: not configured. ${required.join(', ')} would enable it.`)
    expect(out).toContain('sandbox')
  })
})

describe('the arguments', () => {
  it('are explained by --help', async () => {
    const { status, out } = await run(['--help'], {})
    expect(status).toBe(0)
    expect(out).toMatch(/--check .*\n.*--help /)
  })

  it('end the process when one is unknown, before anything starts', async () => {
    const { status, out, err } = await run(['--chek'], {})
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toBe('Unknown argument "--chek". There are --check and --help.\n')
  })
})
