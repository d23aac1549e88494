import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../../src/gateway.ts'
import type { Sandbox } from '../../src/sandbox/server.ts'
import { freePort } from '../support/free-ports.ts'
import { type GatewayProcess, isAlive, ready, startProcess } from './support/gateway-process.ts'
import { RetryingClient } from './support/retrying-client.ts'

const QUERY = '{ transactions(first: 1) { nodes { id } sources { error { code } } } }'
/** The answer holds an entry and no error. */
function isComplete(text: string): boolean {
  const { data, errors } = JSON.parse(text)
  return errors === undefined && data.transactions.nodes.length === 1
}

let folder: string
let sandboxes: readonly Sandbox[]
let environment: Readonly<Record<string, string>>
const running = new Set<GatewayProcess>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-restart-'))
  sandboxes = await Promise.all(PROVIDERS.map((provider) => provider.startSandbox()))
  environment = {
    ...Object.assign({}, ...sandboxes.map((sandbox) => sandbox.environment)),
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_COST_PER_MINUTE: '0',
  }
  // Requests are in flight at any time.
  for (const { servers } of sandboxes) servers[0].fault({ kind: 'delay', delayMs: 30 })
})
afterEach(() => {
  for (const started of running) if (isAlive(started.pid)) started.kill('SIGKILL')
  running.clear()
})
afterAll(async () => {
  await Promise.all(sandboxes.map((sandbox) => sandbox.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function start(more: Readonly<Record<string, string>> = {}) {
  const started = startProcess(folder, { ...environment, ...more })
  running.add(started)
  const origin = await started.origin
  await ready(origin)
  return { ...started, origin }
}

/** Resolves once the client has so many more answers. */
const answered = (client: RetryingClient, more: number) => {
  const from = client.answers
  return expect.poll(() => client.answers - from, { timeout: 60_000 }).toBeGreaterThan(more)
}

const pidsOf = (gateway: Pick<GatewayProcess, 'logged'>) =>
  gateway.logged('worker started').map(({ pid }) => pid as number)

describe('under load, no request fails', () => {
  it('while the process ends and another one starts on its port', async () => {
    const PORT = String(await freePort())
    const first = await start({ PORT })
    const client = new RetryingClient(first.origin, QUERY, isComplete)
    await answered(client, 100)
    for (let round = 0; round < 2; round++) {
      const [old] = running
      old!.kill('SIGTERM')
      expect(await old!.ended).toBe(0)
      running.delete(old!)
      const next = await start({ PORT })
      expect(next.origin).toBe(first.origin)
      await answered(client, 100)
    }
    await client.stop()
    expect(client.failures).toEqual([])
    // The port was closed for a while, so that the client had to wait.
    expect(client.retries.refused).toBeGreaterThan(0)
  })

  it('while SIGUSR2 replaces each of the workers, and no connection is refused', async () => {
    const gateway = await start({ WORKERS: '2' })
    const client = new RetryingClient(gateway.origin, QUERY, isComplete)
    await expect.poll(() => pidsOf(gateway), { timeout: 60_000 }).toHaveLength(2)
    await answered(client, 100)
    gateway.kill('SIGUSR2')
    await expect.poll(() => gateway.logged('worker ended'), { timeout: 60_000 }).toHaveLength(2)
    await answered(client, 100)
    await client.stop()
    const pids = pidsOf(gateway)
    expect(pids.map(isAlive)).toEqual([false, false, true, true])
    expect(gateway.logged('worker ended').map(({ pid, code }) => [pid, code])).toEqual([
      [expect.toBeOneOf(pids.slice(0, 2)), 0],
      [expect.toBeOneOf(pids.slice(0, 2)), 0],
    ])
    expect(gateway.logged('worker died')).toEqual([])
    expect({ failures: client.failures, refused: client.retries.refused }).toEqual({ failures: [], refused: 0 })
    gateway.kill('SIGTERM')
    expect(await gateway.ended).toBe(0)
    expect(pids.map(isAlive)).toEqual([false, false, false, false])
  })

  it('while a worker is killed, which is replaced after a pause', async () => {
    const gateway = await start({ WORKERS: '2' })
    const client = new RetryingClient(gateway.origin, QUERY, isComplete)
    await expect.poll(() => pidsOf(gateway), { timeout: 60_000 }).toHaveLength(2)
    await answered(client, 50)
    const [killed] = pidsOf(gateway)
    process.kill(killed!, 'SIGKILL')
    await expect.poll(() => pidsOf(gateway), { timeout: 60_000 }).toHaveLength(3)
    await answered(client, 50)
    await client.stop()
    expect(gateway.logged('worker died')).toEqual([
      expect.objectContaining({ level: 'warn', pid: killed, code: null, signal: 'SIGKILL', pauseMs: 100 }),
    ])
    expect(client.failures).toEqual([])
    gateway.kill('SIGINT')
    expect(await gateway.ended).toBe(0)
  })
})

describe('a second signal', () => {
  it.each([{ WORKERS: '1' }, { WORKERS: '2' }])('ends the process at once: %o', async (workers) => {
    const gateway = await start({ ...workers, SHUTDOWN_DELAY_S: '600' })
    gateway.kill('SIGTERM')
    await expect.poll(() => gateway.logged('stopping').length, { timeout: 60_000 }).toBeGreaterThan(0)
    // A signal that follows at once is the same one, sent by the terminal and by npm.
    gateway.kill('SIGTERM')
    await sleep(1_500)
    expect(isAlive(gateway.pid)).toBe(true)
    gateway.kill('SIGTERM')
    expect(await gateway.ended).toBe(1)
    for (const pid of pidsOf(gateway)) await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false)
  })
})
