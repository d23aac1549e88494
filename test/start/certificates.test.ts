import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../../src/gateway.ts'
import type { Sandbox } from '../../src/sandbox/server.ts'
import { createAuthority, type KeyedCertificate } from '../support/certificates.ts'
import { startProxy } from '../support/http-proxy.ts'
import { startTlsFront, type TlsFront } from '../support/tls-front.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

const REMOTE_HOST = 'bank.invalid'

type Line = Readonly<Record<string, unknown>>

let folder: string
/** The file with the root of the authority. */
let root: string
let certificate: KeyedCertificate
/** For a host that only a proxy knows. */
let remoteCertificate: KeyedCertificate
let sandboxes: readonly Sandbox[]
let fronts: TlsFront[]
/** The variables of all providers, whose hosts have certificates of the authority. */
let environment: Record<string, string>
let child: ChildProcess | null = null

beforeAll(async () => {
  const authority = await createAuthority()
  certificate = await authority.issue('localhost')
  remoteCertificate = await authority.issue(REMOTE_HOST)
  sandboxes = await Promise.all(PROVIDERS.map((provider) => provider.startSandbox({ data: 'empty' })))
  environment = {}
  fronts = []
  for (const [name, value] of sandboxes.flatMap((sandbox) => Object.entries(sandbox.environment))) {
    environment[name] = name.endsWith('_URL') ? await startFront(value) : value
  }
  folder = mkdtempSync(join(tmpdir(), 'gateway-certificates-'))
  root = join(folder, 'root.pem')
  writeFileSync(root, authority.cert)
})
beforeEach(() => rmSync(join(folder, '.env'), { force: true }))
afterEach(() => {
  child?.kill('SIGKILL')
  child = null
})
afterAll(async () => {
  await Promise.all([...fronts, ...sandboxes].map((server) => server.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function startFront(url: string, host = 'localhost'): Promise<string> {
  const front = await startTlsFront(url, host === REMOTE_HOST ? remoteCertificate : certificate)
  fronts.push(front)
  return `https://${host}:${front.port}${new URL(url).pathname}`
}

/** Starts the gateway with more variables. */
function start(more: Readonly<Record<string, string>>): ChildProcess {
  child = spawn(process.execPath, [MAIN], {
    cwd: folder,
    env: { PORT: '0', TMPDIR: folder, LOG_LEVEL: 'warn', ...environment, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return child
}

/** Returns the lines of the log up to the first failed check of every provider. */
async function logOf({ stderr }: ChildProcess): Promise<Line[]> {
  const lines: Line[] = []
  let left = PROVIDERS.length
  for await (const written of createInterface({ input: stderr! })) {
    // Node's own warnings are no JSON.
    if (!written.startsWith('{')) continue
    const line: Line = JSON.parse(written)
    lines.push(line)
    if (line.message === 'provider check failed' && --left === 0) return lines
  }
  return lines
}

async function originOf({ stdout }: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: stdout! })) {
    const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? []
    if (origin !== undefined) return origin
  }
  throw new Error('The gateway printed no address.')
}

const causes = (lines: readonly Line[]) =>
  lines.filter(({ message }) => message === 'provider check failed').map(({ cause }) => cause)
const ignored = (lines: readonly Line[]) =>
  lines.filter(({ message }) => String(message).startsWith('NODE_EXTRA_CA_CERTS has no effect'))

describe('providers with certificates of a private authority', () => {
  it('are reached when NODE_EXTRA_CA_CERTS names its root', async () => {
    const gateway = start({ NODE_EXTRA_CA_CERTS: root })
    const log = text(gateway.stderr!)
    const origin = await originOf(gateway)
    // Ready before READY_TIMEOUT_S means that every provider has answered.
    await expect.poll(async () => (await fetch(`${origin}/ready`)).status, { timeout: 15_000 }).toBe(200)
    gateway.kill('SIGTERM')
    expect(await log).not.toMatch(/NODE_EXTRA_CA_CERTS|provider check failed/)
  })

  it('are reached through the tunnels of HTTPS_PROXY', async () => {
    const proxy = await startProxy()
    try {
      const remote: Record<string, string> = {}
      for (const [name, value] of sandboxes.flatMap((sandbox) => Object.entries(sandbox.environment))) {
        if (!name.endsWith('_URL')) continue
        remote[name] = await startFront(value, REMOTE_HOST)
        const { host, port } = new URL(remote[name])
        proxy.hosts.set(host, Number(port))
      }
      const HTTPS_PROXY = `http://user:hunter2@127.0.0.1:${proxy.port}`
      const gateway = start({ NODE_EXTRA_CA_CERTS: root, HTTPS_PROXY, ...remote })
      const log = text(gateway.stderr!)
      const origin = await originOf(gateway)
      await expect.poll(async () => (await fetch(`${origin}/ready`)).status, { timeout: 15_000 }).toBe(200)
      expect(new Set(proxy.requests.map(({ method, target }) => `${method} ${target}`))).toEqual(
        new Set([...proxy.hosts.keys()].map((host) => `CONNECT ${host}`)),
      )
      gateway.kill('SIGTERM')
      expect(await log).not.toMatch(/provider check failed|hunter2/)
    } finally {
      await proxy.close()
    }
  })

  it('are not reached otherwise, and the log says why', async () => {
    const lines = await logOf(start({}))
    expect(causes(lines)).toEqual(PROVIDERS.map(() => 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'))
    expect(ignored(lines)).toEqual([])
  })

  it.each([
    ['is only in .env', () => writeFileSync(join(folder, '.env'), `NODE_EXTRA_CA_CERTS=${root}\n`), {}],
    ['names no file', () => {}, { NODE_EXTRA_CA_CERTS: '/missing/root.pem' }],
  ])('are not reached when NODE_EXTRA_CA_CERTS %s, and the log says so', async (_title, prepare, more) => {
    prepare()
    const lines = await logOf(start(more))
    expect(causes(lines)).toEqual(PROVIDERS.map(() => 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'))
    expect(ignored(lines)).toHaveLength(1)
  })
})
