import { spawn } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../../src/gateway.ts'
import type { Sandbox } from '../../src/sandbox/server.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const RECORDER = new URL('loaded-modules.ts', import.meta.url).href

let folder: string
/** The environment of a gateway whose providers are all configured. */
let configured: Readonly<Record<string, string>>
let sandboxes: readonly Sandbox[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-start-'))
  sandboxes = await Promise.all(PROVIDERS.map((provider) => provider.startSandbox({ data: 'empty' })))
  configured = Object.assign({}, ...sandboxes.map(({ environment }) => environment))
})
afterAll(async () => {
  await Promise.all(sandboxes.map((sandbox) => sandbox.close()))
  rmSync(folder, { recursive: true, force: true })
})

/**
 * Starts the gateway, waits until it is ready, sends it one operation and stops it.
 * @returns the addresses of the modules that it has loaded
 */
async function runOnce(environment: Readonly<Record<string, string>>): Promise<string[]> {
  const file = join(folder, 'loaded.json')
  const child = spawn(process.execPath, ['--import', RECORDER, MAIN], {
    cwd: folder,
    env: { LOADED_MODULES: file, TMPDIR: folder, PORT: '0', LOG_LEVEL: 'silent', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  try {
    const origin = await new Promise<string>((resolve, reject) => {
      let output = ''
      child.stdout.setEncoding('utf8').on('data', (text) => {
        output += text
        const [, found] = /(http:\/\/127\.0\.0\.1:\d+)\/graphql/.exec(output) ?? []
        if (found) resolve(found)
      })
      child.once('close', (code) => reject(new Error(`The gateway ended with code ${code}.`)))
    })
    await expect.poll(async () => (await fetch(`${origin}/ready`)).status, { timeout: 60_000 }).toBe(200)
    const answer = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __typename }' }),
    })
    await answer.text()
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  } finally {
    child.kill('SIGKILL')
  }
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** What few processes need, and how its modules are recognised. */
const RARELY_NEEDED = {
  jwt: /\/node_modules\/jose\/|\/src\/server\/auth\/(?:jwt|key-set)\.ts$/,
  sandbox: /\/src\/(?:sandbox|providers\/[^/]+\/sandbox)[/.]/,
  page: /\/node_modules\/@graphql-yoga\/render-graphiql\//,
  terminal: /\/node_modules\/pino-pretty\//,
  metrics: /\/node_modules\/prom-client\//,
  traces: /\/node_modules\/@opentelemetry\/(?!api\/)|\/src\/tracing\/(?!settings\.ts$)/,
  workers: /^node:cluster$|\/src\/process\/(?:primary|worker-pool)\.ts$/,
}

const rarelyNeeded = (modules: readonly string[]) =>
  Object.entries(RARELY_NEEDED)
    .filter(([, pattern]) => modules.some((module) => pattern.test(module)))
    .map(([name]) => name)

describe('the modules of a process', () => {
  it('contain neither a sandbox, nor JWT code, nor the pages of GraphiQL and metrics, nor code of traces, nor worker processes, while these are not used', async () => {
    const modules = await runOnce(configured)
    expect(modules.filter((module) => /\/src\/providers\/[^/]+\/index\.ts$/.test(module))).toHaveLength(
      PROVIDERS.length,
    )
    expect(rarelyNeeded(modules)).toEqual([])
  })

  it('contain the sandboxes when no provider is configured', async () => {
    expect(rarelyNeeded(await runOnce({}))).toEqual(['sandbox'])
  })

  it('contain those of worker processes when there are several', async () => {
    expect(rarelyNeeded(await runOnce({ ...configured, WORKERS: '2' }))).toEqual(['workers'])
  })

  it('contain code of traces when an exporter is set', async () => {
    expect(rarelyNeeded(await runOnce({ ...configured, OTEL_TRACES_EXPORTER: 'console' }))).toEqual(['traces'])
  })

  it.each([
    ['the SDK is disabled', { OTEL_SDK_DISABLED: 'true' }],
    ['there is no exporter', { OTEL_TRACES_EXPORTER: 'none' }],
  ])('contain no code of traces when %s, whatever the endpoint', async (_, variables) => {
    const environment = { ...configured, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', ...variables }
    expect(rarelyNeeded(await runOnce(environment))).toEqual([])
  })

  it('contain JWT code when tokens are accepted', async () => {
    const jwt = { AUTH_MODE: 'jwt', JWT_JWKS_URL: 'https://issuer.test/keys', JWT_ISSUER: 'https://issuer.test' }
    expect(rarelyNeeded(await runOnce({ ...configured, ...jwt, JWT_AUDIENCE: 'gateway' }))).toEqual(['jwt'])
  })
})

describe('the compile cache', () => {
  let temporary: string
  beforeEach(() => {
    temporary = mkdtempSync(join(folder, 'temporary-'))
  })

  const cacheOf = (parent: string) => join(parent, `transactions-gateway-${process.getuid!()}`)
  /** Returns the number of compiled modules below a folder. */
  const countCached = (path: string) =>
    readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length

  it('is written to a private folder of the user', async () => {
    const modules = await runOnce({ ...configured, TMPDIR: temporary })
    const own = modules.filter((module) => module.includes('/src/'))
    expect(countCached(cacheOf(temporary))).toBeGreaterThan(own.length)
    expect(statSync(cacheOf(temporary)).mode & 0o777).toBe(0o700)
  })

  it('is not used when another user could write to the folder', async () => {
    mkdirSync(cacheOf(temporary))
    chmodSync(cacheOf(temporary), 0o770)
    await runOnce({ ...configured, TMPDIR: temporary })
    expect(countCached(temporary)).toBe(0)
  })

  it('is not used through a symbolic link', async () => {
    const target = mkdtempSync(join(folder, 'target-'))
    symlinkSync(target, cacheOf(temporary))
    await runOnce({ ...configured, TMPDIR: temporary })
    expect(countCached(target)).toBe(0)
  })

  it('is not used with NODE_DISABLE_COMPILE_CACHE', async () => {
    await runOnce({ ...configured, TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1' })
    expect(readdirSync(temporary)).toEqual([])
  })

  it('is in the folder NODE_COMPILE_CACHE when that is set', async () => {
    const other = join(temporary, 'other')
    await runOnce({ ...configured, TMPDIR: temporary, NODE_COMPILE_CACHE: other })
    expect(readdirSync(temporary)).toEqual(['other'])
    expect(countCached(other)).toBeGreaterThan(0)
  })

  it('is left out when the folder cannot be created', async () => {
    const file = join(temporary, 'file')
    writeFileSync(file, '')
    expect(rarelyNeeded(await runOnce({ ...configured, TMPDIR: file }))).toEqual([])
  })
})
