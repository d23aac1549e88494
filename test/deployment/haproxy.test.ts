import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PROVIDERS } from '../../src/gateway.ts'
import type { Sandbox } from '../../src/sandbox/server.ts'
import { freePort } from '../support/free-ports.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const CONFIGURATION = fileURLToPath(new URL('../../docs/deployment/haproxy.cfg', import.meta.url))

/** The reason why the test is skipped; null when it runs. In CI it fails without HAProxy. */
const whyNoHaproxy =
  spawnSync('haproxy', ['-v']).status === 0 || process.env.CI ? null : 'there is no haproxy in the PATH'

const untilReady = (port: number) =>
  vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/ready`)).status).toBe(200), {
    timeout: 30_000,
    interval: 100,
  })

/** Sends operations one after the other until it is stopped, without any retry of its own. */
class Caller {
  readonly #url: string
  readonly #ended: Promise<void>
  #isStopped = false
  succeeded = 0
  readonly failures: string[] = []

  constructor(url: string) {
    this.#url = url
    this.#ended = this.#run()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#ended
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const failure = await this.#send().catch((error: unknown) => String(error))
      if (failure === null) this.succeeded++
      else this.failures.push(failure)
    }
  }

  /** Returns null when the operation succeeded. */
  async #send(): Promise<string | null> {
    const answer = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ transactions(first: 3) { nodes { id } } }' }),
    })
    const text = await answer.text()
    return answer.status === 200 && !text.includes('"errors"') ? null : `${answer.status} ${text}`
  }
}

describe.skipIf(whyNoHaproxy !== null)(`HAProxy${whyNoHaproxy === null ? '' : ` (${whyNoHaproxy})`}`, () => {
  let folder: string
  let sandboxes: readonly Sandbox[]
  let ports: number[]
  let balancer: ChildProcess
  const gateways = new Map<number, ChildProcess>()

  /** Starts a process of the gateway, and waits until it is ready. */
  async function start(port: number): Promise<void> {
    const environment = Object.assign({}, ...sandboxes.map((sandbox) => sandbox.environment))
    const env = { ...environment, PORT: String(port), TMPDIR: folder, LOG_LEVEL: 'silent' }
    gateways.set(port, spawn(process.execPath, [MAIN], { cwd: folder, env, stdio: 'ignore' }))
    await untilReady(port)
  }

  async function stop(port: number): Promise<unknown> {
    const gateway = gateways.get(port)!
    gateway.kill('SIGTERM')
    const [code] = await once(gateway, 'exit')
    return code
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-haproxy-'))
    sandboxes = await Promise.all(PROVIDERS.map((provider) => provider.startSandbox()))
    ports = await Promise.all([freePort(), freePort(), freePort()])
    const [front, one, two] = ports
    const configuration = readFileSync(CONFIGURATION, 'utf8')
      .replace('bind :8080', `bind 127.0.0.1:${front}`)
      .replace('gateway-1.internal:4000', `127.0.0.1:${one}`)
      .replace('gateway-2.internal:4000', `127.0.0.1:${two}`)
    const file = join(folder, 'haproxy.cfg')
    writeFileSync(file, configuration)
    await Promise.all([start(one!), start(two!)])
    balancer = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' })
    await untilReady(front!)
  }, 90_000)
  afterAll(async () => {
    for (const child of [balancer, ...gateways.values()]) child?.kill('SIGKILL')
    await Promise.all(sandboxes.map((sandbox) => sandbox.close()))
    rmSync(folder, { recursive: true, force: true })
  })

  it('accepts the configuration without a warning', () => {
    const { status, stdout, stderr } = spawnSync('haproxy', ['-c', '-f', join(folder, 'haproxy.cfg')], {
      encoding: 'utf8',
    })
    expect({ status, output: (stdout + stderr).trim() }).toEqual({ status: 0, output: 'Configuration file is valid' })
  })

  it('hides that both processes are restarted one after the other: no request fails', async () => {
    const [front = 0, one = 0, two = 0] = ports
    const callers = Array.from({ length: 6 }, () => new Caller(`http://127.0.0.1:${front}/graphql`))
    await sleep(500)
    for (const port of [one, two]) {
      expect(await stop(port)).toBe(0)
      await start(port)
      // The balancer asks every second.
      await sleep(2_500)
    }
    await Promise.all(callers.map((caller) => caller.stop()))
    expect(callers.flatMap(({ failures }) => failures)).toEqual([])
    expect(callers.reduce((sum, { succeeded }) => sum + succeeded, 0)).toBeGreaterThan(100)
  }, 90_000)
})
