import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RestartBackoff } from '../../src/process/restart-backoff.ts'
import { type GatewayProcess, isAlive, startProcess } from './support/gateway-process.ts'

let folder: string
const running = new Set<GatewayProcess>()

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-workers-'))
})
afterEach(() => {
  for (const started of running) if (isAlive(started.pid)) started.kill('SIGKILL')
  running.clear()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function start(environment: Readonly<Record<string, string>>, nodeArguments: readonly string[] = []): GatewayProcess {
  const started = startProcess(folder, environment, { nodeArguments })
  running.add(started)
  return started
}

const startedPids = (gateway: GatewayProcess) => gateway.logged('worker started').map(({ pid }) => pid as number)
const listening = (gateway: GatewayProcess, count: number) =>
  expect.poll(() => startedPids(gateway), { timeout: 60_000 }).toHaveLength(count)

/** Sends a query on a connection of its own. */
async function ask(origin: string) {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ query: '{ transactions(first: 1) { nodes { id } } }' }),
  })
  return { status: response.status, text: await response.text() }
}

describe('RestartBackoff', () => {
  it('doubles the pause up to half a minute, and begins again after a healthy minute', () => {
    const backoff = new RestartBackoff()
    const pauses = Array.from({ length: 11 }, () => backoff.nextPauseMs(59_999))
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000])
    expect([backoff.nextPauseMs(60_000), backoff.nextPauseMs(0)]).toEqual([100, 200])
  })
})

describe('WORKERS', () => {
  it('serves one port from several processes, over one sandbox, with limits in each of them', async () => {
    const gateway = start({ WORKERS: '3', RATE_LIMIT_PER_MINUTE: '2' })
    const origin = await gateway.origin
    await listening(gateway, 3)
    const answers = []
    for (let count = 0; count < 9; count++) answers.push(await ask(origin))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 429, 429, 429])
    expect(new Set(startedPids(gateway)).size).toBe(3)
    for (const { status, text } of answers) if (status === 200) expect(text).toContain('"nodes":[{"id":')
    expect(gateway.out().match(/^ {2}curl -X PUT -d 503 /gm)).toHaveLength(1)
    gateway.kill('SIGTERM')
    expect(await gateway.ended).toBe(0)
    expect(startedPids(gateway).filter(isAlive)).toEqual([])
    expect(gateway.logged('worker died')).toEqual([])
  })

  it('closes connections over MAX_CONNECTIONS when every worker has as many', async () => {
    const gateway = start({ WORKERS: '2', MAX_CONNECTIONS: '2' })
    const { port } = new URL(await gateway.origin)
    await listening(gateway, 2)
    let closed = 0
    const sockets = Array.from({ length: 6 }, () =>
      connect(Number(port), '127.0.0.1')
        .on('error', () => {})
        .on('close', () => {
          closed += 1
        }),
    )
    await expect.poll(() => closed).toBe(2)
    await expect.poll(() => gateway.logged('connection refused')).toHaveLength(2)
    for (const socket of sockets) socket.destroy()
    gateway.kill('SIGTERM')
    expect(await gateway.ended).toBe(0)
  })

  it('replaces a worker that a signal ends alone', async () => {
    const gateway = start({ WORKERS: '2' })
    await listening(gateway, 2)
    const [first] = startedPids(gateway)
    process.kill(first!, 'SIGTERM')
    await listening(gateway, 3)
    expect(gateway.logged('worker died')).toEqual([
      expect.objectContaining({ pid: first, code: 0, signal: null, pauseMs: 100 }),
    ])
    gateway.kill('SIGTERM')
    expect(await gateway.ended).toBe(0)
  })

  it('restarts workers that die at once after growing pauses', async () => {
    const file = join(folder, 'dies.mjs')
    writeFileSync(file, "if (process.argv[1]?.endsWith('worker.ts')) process.exit(7)\n")
    const gateway = start({ WORKERS: '2' }, ['--import', pathToFileURL(file).href])
    await expect.poll(() => gateway.logged('worker died').length, { timeout: 60_000 }).toBeGreaterThanOrEqual(6)
    const lines = gateway.logged('worker died').slice(0, 6)
    expect(lines.map(({ pauseMs }) => pauseMs).sort((a, b) => Number(a) - Number(b))).toEqual([
      100, 100, 200, 200, 400, 400,
    ])
    for (const line of lines)
      expect(line).toMatchObject({ level: 'warn', code: 7, signal: null, pid: expect.any(Number) })
    gateway.kill('SIGTERM')
    expect(await gateway.ended).toBe(0)
  })

  it('ends with the reason, once, when the workers cannot listen', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const gateway = start({ WORKERS: '3', PORT: String(port) })
    expect(await gateway.ended).toBe(1)
    expect(gateway.err()).toBe(`Cannot listen on 127.0.0.1:${port}: the port is in use; set PORT to another one.\n`)
    expect(gateway.out()).toBe('')
    taken.close()
  })

  it('ends with the issues of the configuration, once', async () => {
    const gateway = start({ WORKERS: '2', MAX_DEPTH: 'hunter2' })
    expect(await gateway.ended).toBe(1)
    expect(gateway.err()).toBe('The configuration is invalid:\n  MAX_DEPTH: expected a whole number from 1 to 1000\n')
  })

  it('leaves no worker behind when the primary process is killed', async () => {
    const gateway = start({ WORKERS: '2' })
    await listening(gateway, 2)
    gateway.kill('SIGKILL')
    for (const pid of startedPids(gateway)) await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false)
  })
})
