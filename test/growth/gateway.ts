import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { LoadClient } from '../../bench/load/client.ts'
import type { ProbeRequest, Sample } from './probe.ts'
import { type GrowthUpstream, type Sizes, startUpstream } from './upstream.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const PROBE = new URL('probe.ts', import.meta.url).href
const CONNECTIONS = 16

/** Limits of one caller and of one operation that these tests would reach. */
const LIMITS = {
  RATE_LIMIT_PER_MINUTE: '0',
  RATE_LIMIT_COST_PER_MINUTE: '0',
  MAX_UPSTREAM_REQUESTS: '100000',
  OPERATION_TIMEOUT_MS: '300000',
}

/** A gateway in a process of its own, over ledgers of any size in this one. */
export interface GrowthGateway {
  /**
   * Sends an operation and returns its data.
   * @throws when the answer holds an error
   */
  ask<Data>(query: string, variables?: object): Promise<Data>
  /** Requests that have reached the providers so far. */
  requests(): number
  /** User and system time of the gateway's process so far, in microseconds. */
  cpuUs(): Promise<number>
  /** Collects the garbage of the gateway's process and measures it. */
  sample(): Promise<Sample>
  watchPromotions(): Promise<void>
  /** Returns the bytes that were promoted to the old space since `watchPromotions`. */
  promotedBytes(): Promise<number>
  close(): Promise<void>
}

/** Resolves with the address that the gateway prints. */
function originOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout!.setEncoding('utf8').on('data', (text) => {
      output += text
      const [, origin] = /(http:\/\/127\.0\.0\.1:\d+)\/graphql/.exec(output) ?? []
      if (origin !== undefined) resolve(origin)
    })
    child.once('exit', (code) => reject(new Error(`The gateway ended with code ${code}.`)))
  })
}

/** Starts a gateway over ledgers of these sizes. */
export async function startGrowthGateway(sizes: Sizes): Promise<GrowthGateway> {
  const upstream = await startUpstream(sizes)
  const gateway = await startGatewayOver(upstream)
  return {
    ...gateway,
    async close() {
      await gateway.close()
      upstream.close()
    },
  }
}

/** Starts a gateway over ledgers that other gateways may read as well. */
export async function startGatewayOver(upstream: GrowthUpstream): Promise<GrowthGateway> {
  const child = spawn(process.execPath, ['--import', PROBE, MAIN], {
    env: { PATH: process.env.PATH, PORT: '0', LOG_LEVEL: 'warn', ...LIMITS, ...upstream.environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const client = new LoadClient(await originOf(child), CONNECTIONS)
  const probe = <Result>(request: ProbeRequest) =>
    new Promise<Result>((resolve, reject) => {
      child.once('message', resolve as (message: unknown) => void)
      child.send(request, (error) => error && reject(error))
    })
  return {
    async ask<Data>(query: string, variables: object = {}) {
      const body = JSON.stringify({ query, variables })
      const answer = await client.send({ method: 'POST', path: '/graphql', body })
      const { data, errors } = JSON.parse(answer.toString()) as { readonly data: Data; readonly errors?: unknown }
      if (errors !== undefined) throw new Error(JSON.stringify(errors))
      return data
    },
    requests: upstream.requests,
    cpuUs: () => probe<number>('cpu'),
    sample: () => probe<Sample>('sample'),
    watchPromotions: () => probe<void>('watch promotions'),
    promotedBytes: () => probe<number>('promoted bytes'),
    async close() {
      await client.close()
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}
