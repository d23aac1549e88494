import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { environmentOf, startGateway, type TestGateway } from '../support/gateway.ts'
import { startRedis, type TestRedis, whyNoRedis } from '../support/redis.ts'
import { type SharingGateways, startSharing } from './support/gateways.ts'
import { type Load, startLoad } from './support/load.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** A load must not meet the limits, and yet be counted. */
const ENVIRONMENT = { RATE_LIMIT_PER_MINUTE: '9000000', RATE_LIMIT_COST_PER_MINUTE: '999999999', CACHE: 'redis' }
const QUERIES = [
  '{ __typename }',
  '{ transactions(first: 3) { nodes { id amount { amount } } } }',
  '{ transactions(last: 2) { nodes { id } } }',
  '{ transactions(filter: { from: "2026-01-01", to: "2026-01-31" }, first: 20) { nodes { id } } }',
]
const CLIENTS = 12

/** Starts a process of the gateway, and returns its address. */
async function startProcess(environment: Environment) {
  const child = spawn(process.execPath, [MAIN], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { PATH: process.env.PATH, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text
  })
  const url = await new Promise<string>((resolve, reject) => {
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
      const [found] = /http:\/\/127\.0\.0\.1:\d+\/graphql/.exec(output) ?? []
      if (found) resolve(found)
    })
    child.once('close', (code) => reject(new Error(`The gateway ended with code ${code}: ${log}`)))
  })
  return {
    url,
    /** Lines of the log with a message. */
    lines: (message: string) => log.split('\n').filter((line) => line.includes(`"${message}"`)).length,
    async stop() {
      const closed = once(child, 'close')
      child.kill('SIGTERM')
      const [code] = await closed
      return code as number
    },
  }
}

describe.skipIf(whyNoRedis !== null)(`gateways under load${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`, () => {
  let redis: TestRedis
  let load: Load | null = null
  const closing: (() => Promise<unknown>)[] = []
  beforeEach(async () => {
    redis = await startRedis()
  })
  afterEach(async () => {
    await load?.stop()
    load = null
    for (const close of closing.splice(0)) await close()
    await redis.stop()
  })

  const statesOf = ({ gateways }: SharingGateways) => gateways.map(({ gateway }) => gateway.redis!.statistics().state)
  const waitFor = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 20 })

  it('fail no request while Redis is stopped, restarted, frozen and paused, and wait for it few times', async () => {
    const sharing = await startSharing(redis.url, ENVIRONMENT)
    closing.push(sharing.close)
    load = startLoad(
      sharing.gateways.map(({ url }) => url),
      QUERIES,
      CLIENTS,
    )
    const commands = () => sharing.gateways.map(({ gateway }) => gateway.redis!.statistics().commands)
    const sum = (outcome: 'success' | 'timeout' | 'lost' | 'skipped') =>
      commands().reduce((total, counts) => total + counts[outcome], 0)
    const bothLost = () => waitFor(() => expect(statesOf(sharing)).toEqual(['connecting', 'connecting']))

    await load.more(100)
    await redis.stop()
    await bothLost()
    await load.more(100)
    await redis.start()
    await sharing.connected()
    await load.more(100)

    const before = sum('timeout') + sum('lost')
    redis.freeze()
    await bothLost()
    await load.more(200)
    const slow = sum('timeout') + sum('lost') - before
    // On each connection those in flight, and no further ones.
    expect(slow).toBeGreaterThanOrEqual(2 * 5)
    expect(slow).toBeLessThanOrEqual(2 * (CLIENTS + 5))
    redis.unfreeze()
    await sharing.connected()
    await load.more(100)

    await redis.command('CLIENT', 'PAUSE', '1000', 'ALL')
    await load.more(200)
    await sharing.connected()
    const counted = sum('success')
    await load.more(100)
    await load.stop()
    expect(load.failures).toEqual([])
    expect(sum('success')).toBeGreaterThan(counted)
    expect(sum('skipped')).toBeGreaterThan(0)
  })

  it('fail no request as two processes that lose Redis and find it again', async () => {
    const upstream: TestGateway = await startGateway()
    closing.push(upstream.close)
    const environment = { ...environmentOf(upstream.sandboxes), ...ENVIRONMENT, REDIS_URL: redis.url }
    const processes = await Promise.all([startProcess(environment), startProcess(environment)])
    closing.unshift(async () => expect(await Promise.all(processes.map(({ stop }) => stop()))).toEqual([0, 0]))
    /** Waits until every process has written a line once more than when the function was created. */
    const nextLine = (message: string) => {
      const before = processes.map(({ lines }) => lines(message))
      return () =>
        waitFor(() => {
          for (const [index, { lines }] of processes.entries()) expect(lines(message)).toBeGreaterThan(before[index]!)
        })
    }

    await waitFor(() => expect(processes.map(({ lines }) => lines('connected to Redis'))).toEqual([1, 1]))
    load = startLoad(
      processes.map(({ url }) => url),
      QUERIES,
      CLIENTS,
    )
    for (const [take, giveBack] of [
      [redis.stop, redis.start],
      [redis.freeze, redis.unfreeze],
    ] as const) {
      await load.more(100)
      const lost = nextLine('working without Redis')
      await take()
      await lost()
      await load.more(100)
      const found = nextLine('connected to Redis')
      await giveBack()
      await found()
    }
    await load.more(100)
    await load.stop()
    expect(load.failures).toEqual([])
    expect((await redis.command('KEYS', 'tgw:budget:requests:*')).match(/tgw:budget/g)).toHaveLength(1)
  })

  it('start and are ready without Redis', async () => {
    await redis.stop()
    const upstream = await startGateway({ data: 'empty' })
    closing.push(upstream.close)
    const gateway = await startProcess({ ...environmentOf(upstream.sandboxes), REDIS_URL: redis.url })
    closing.unshift(async () => expect(await gateway.stop()).toBe(0))
    await waitFor(() => expect(gateway.lines('working without Redis')).toBe(1))
    await vi.waitFor(async () => expect((await fetch(gateway.url.replace('/graphql', '/ready'))).status).toBe(200))
    load = startLoad([gateway.url], ['{ __typename }'], 2)
    await load.more(20)
    await load.stop()
    expect(load.failures).toEqual([])
  })
})
