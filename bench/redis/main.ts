import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { environmentOf, startGateway } from '../../test/support/gateway.ts'
import { startRedis } from '../../test/support/redis.ts'
import { LoadClient } from '../load/client.ts'

/*
 * Compares two processes of the gateway without Redis, with limits in Redis, and with answers of a closed month in Redis:
 * node bench/redis/main.ts
 */

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
/** Each operation reads another period than those in flight with it, because the gateway shares equal requests. */
const BODIES = Array.from({ length: 28 }, (_, index) => {
  const from = `2026-01-${String(index + 1).padStart(2, '0')}`
  const filter = `filter: { from: "${from}", to: "2026-01-31" }`
  return JSON.stringify({ query: `{ transactions(${filter}, first: 20) { nodes { id amount { amount } } } }` })
})
const CLIENTS = 8
const ROUND_MS = 1500
const ROUNDS = 6
/** Ticks of the processor times in /proc. */
const TICKS_PER_S = 100

/** Returns the processor time of a process, in milliseconds. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_S) * 1000
}

async function startProcess(environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, PORT: '0', METRICS: 'off', ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const origin = await new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? []
      if (found) resolve(found)
    })
  })
  return { pid: child.pid!, client: new LoadClient(origin, CLIENTS), stop: () => child.kill() }
}

let next = 0

type Running = Awaited<ReturnType<typeof startProcess>>

/** Loads two processes for a round. Returns their operations, processor time and durations. */
async function runRound(processes: readonly Running[]) {
  const cpu = () => processes.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0)
  const before = cpu()
  const durations: number[] = []
  const endsAt = performance.now() + ROUND_MS
  const work = async ({ client }: Running) => {
    while (performance.now() < endsAt) {
      const sentAt = performance.now()
      const answer = await client.send({ method: 'POST', path: '/graphql', body: BODIES[next++ % BODIES.length]! })
      if (answer.includes('"errors"')) throw new Error(answer.toString())
      durations.push(performance.now() - sentAt)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => work(processes[index % processes.length]!)))
  return { durations, cpuMs: cpu() - before }
}

const upstream = await startGateway()
const redis = await startRedis()
const common = {
  ...environmentOf(upstream.sandboxes),
  LOG_LEVEL: 'silent',
  RATE_LIMIT_PER_MINUTE: '9999999',
  RATE_LIMIT_COST_PER_MINUTE: '999999999',
}
const settings = {
  'without Redis': common,
  'limits in Redis': { ...common, REDIS_URL: redis.url },
  'limits and answers in Redis': { ...common, REDIS_URL: redis.url, CACHE: 'redis' },
}
const variants = await Promise.all(
  Object.entries(settings).map(async ([name, environment]) => ({
    name,
    processes: await Promise.all([startProcess(environment), startProcess(environment)]),
    durations: [] as number[],
    cpuMs: 0,
    requests: 0,
  })),
)
const countRequests = () => Object.values(upstream.requests()).reduce((sum, count) => sum + count, 0)
for (const { processes } of variants) await runRound(processes)
for (let round = 0; round < ROUNDS; round++) {
  for (const variant of variants) {
    const before = countRequests()
    const { durations, cpuMs } = await runRound(variant.processes)
    variant.durations.push(...durations)
    variant.cpuMs += cpuMs
    variant.requests += countRequests() - before
  }
}
for (const { name, durations, cpuMs, requests } of variants) {
  const sorted = durations.sort((a, b) => a - b)
  const share = (part: number) => sorted[Math.floor(sorted.length * part)]?.toFixed(1)
  const perSecond = Math.round((durations.length * 1000) / (ROUNDS * ROUND_MS))
  const cpu = (cpuMs / durations.length).toFixed(2)
  const perOperation = (requests / durations.length).toFixed(2)
  console.log(
    `${name}: ${perSecond} operations/s, ${cpu} ms CPU, p50 ${share(0.5)} ms, p99 ${share(0.99)} ms, ${perOperation} requests`,
  )
}
for (const { processes } of variants) {
  for (const { client, stop } of processes) {
    stop()
    await client.close()
  }
}
await redis.stop()
await upstream.close()
