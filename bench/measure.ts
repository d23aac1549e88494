import type { Pairing, Preparation, Round } from './load/main.ts'
import type { LoadResult } from './load/run.ts'
import type { BenchOptions } from './options.ts'
import type { Affinity } from './process/affinity.ts'
import { type BenchProcess, benchFile, startProcess } from './process/parent.ts'
import type { Usage } from './process/probe.ts'
import type { ProcessProfile } from './process/profiler.ts'
import { type RunningServer, startServer } from './servers.ts'
import type { UpstreamCounts } from './upstream/main.ts'
import type { Workload } from './workloads/workload.ts'

/** One round of one server under one workload. */
export interface RoundResult extends LoadResult {
  /** Processor time of the whole server process, in microseconds. */
  readonly cpuUs: number
  readonly upstreamRequests: number
  readonly upstreamRows: number
}

/** What one server has shown under one workload. */
export interface Measurement {
  readonly workload: string
  readonly server: string
  readonly rounds: readonly RoundResult[]
  /** Resident memory after the rounds. */
  readonly rssBytes: number
  /** Bytes that one operation allocates in the heap. */
  readonly allocatedBytes: number
}

/** The processes that all workloads share. */
export interface Bench {
  readonly options: BenchOptions
  readonly affinity: Affinity
  readonly load: BenchProcess
  readonly upstream: BenchProcess
  stop(): Promise<void>
}

export async function startBench(options: BenchOptions, affinity: Affinity): Promise<Bench> {
  const shared = { environment: {}, processors: affinity.others, isMeasured: false } as const
  const [load, upstream] = await Promise.all([
    startProcess({ ...shared, name: 'load generator', main: benchFile('load/main.ts'), ready: 'at-once' }),
    startProcess({ ...shared, name: 'upstream', main: benchFile('upstream/main.ts'), ready: 'port' }),
  ])
  return {
    options,
    affinity,
    load,
    upstream,
    async stop() {
      await Promise.all([load.stop(), upstream.stop()])
    },
  }
}

/** Most seconds in which allocations are counted. They are not counted while processor time is measured. */
const ALLOCATION_SECONDS = 1

/** Operations after which a server counts as warm. */
const WARM_UP_OPERATIONS = 1000

class WorkloadRun {
  readonly #bench: Bench
  readonly #workload: Workload

  constructor(bench: Bench, workload: Workload) {
    this.#bench = bench
    this.#workload = workload
  }

  /** Compares the answers to all variants, and lets the server warm up. */
  async prepare(server: RunningServer): Promise<void> {
    const { maxVariants, warmUpSeconds, maxWarmUps } = this.#bench.options
    const variants = Math.max(this.#workload.clients + 1, Math.min(this.#workload.variants, maxVariants))
    const preparation: Preparation = { ...this.#pairing(server), variants }
    await this.#bench.load.call('prepare', preparation)
    let operations = 0
    for (let attempt = 0; attempt < maxWarmUps && operations < WARM_UP_OPERATIONS; attempt++) {
      operations += (await this.#load(server, warmUpSeconds)).operations
    }
  }

  async round(server: RunningServer): Promise<RoundResult> {
    const before = await this.#counters(server)
    const result = await this.#load(server, this.#bench.options.roundSeconds)
    const after = await this.#counters(server)
    return {
      ...result,
      cpuUs: after.cpuUs - before.cpuUs,
      upstreamRequests: after.requests - before.requests,
      upstreamRows: after.rows - before.rows,
    }
  }

  /** Returns the bytes that one operation allocates. */
  async allocations({ process, target }: RunningServer): Promise<number> {
    await process.call('startAllocations')
    const { operations } = await this.#load(
      { process, target },
      Math.min(ALLOCATION_SECONDS, this.#bench.options.warmUpSeconds),
    )
    const bytes = await process.call<number>('stopAllocations')
    return bytes / operations
  }

  /** Lets the warm server answer for the time of all rounds, and profiles it. */
  async profile({ process, target }: RunningServer): Promise<ProcessProfile> {
    const { rounds, roundSeconds } = this.#bench.options
    await process.call('startProfile')
    await this.#load({ process, target }, rounds * roundSeconds)
    return process.call<ProcessProfile>('stopProfile')
  }

  #load(server: RunningServer, seconds: number): Promise<LoadResult> {
    const round: Round = { ...this.#pairing(server), seconds, maxOperations: this.#bench.options.maxOperations }
    return this.#bench.load.call('run', round)
  }

  async #counters({ process }: RunningServer): Promise<Usage & UpstreamCounts> {
    const [usage, counts] = await Promise.all([
      process.call<Usage>('usage'),
      this.#bench.upstream.call<UpstreamCounts>('counts'),
    ])
    return { ...usage, ...counts }
  }

  #pairing({ target }: RunningServer): Pairing {
    return { workload: this.#workload.name, target }
  }
}

/** Returns the order of the servers in a round: each begins in turn, and every other time they go backwards. */
function orderOf<Value>(values: readonly Value[], round: number): Value[] {
  const start = Math.floor(round / 2) % values.length
  const order = [...values.slice(start), ...values.slice(0, start)]
  return round % 2 === 0 ? order : order.reverse()
}

/**
 * Measures servers under one workload.
 * @throws when any answer is wrong
 */
export async function measureWorkload(
  bench: Bench,
  workload: Workload,
  servers: readonly RunningServer[],
): Promise<Measurement[]> {
  const { upstream, options } = bench
  const run = new WorkloadRun(bench, workload)
  await upstream.call('setLatency', 0)
  for (const server of servers) await run.prepare(server)
  await upstream.call('setLatency', workload.latencyMs)
  const rounds = new Map<RunningServer, RoundResult[]>(servers.map((server) => [server, []]))
  for (let round = 0; round < options.rounds; round++) {
    for (const server of orderOf(servers, round)) rounds.get(server)?.push(await run.round(server))
  }
  const measurements: Measurement[] = []
  for (const server of servers) {
    const { rssBytes } = await server.process.call<Usage>('usage')
    measurements.push({
      workload: workload.name,
      server: server.target.name,
      rounds: rounds.get(server) ?? [],
      rssBytes,
      allocatedBytes: await run.allocations(server),
    })
  }
  return measurements
}

/** Profiles a server under one workload. */
export async function profileWorkload(
  bench: Bench,
  workload: Workload,
  server: RunningServer,
): Promise<ProcessProfile> {
  const run = new WorkloadRun(bench, workload)
  await bench.upstream.call('setLatency', 0)
  await run.prepare(server)
  await bench.upstream.call('setLatency', workload.latencyMs)
  return run.profile(server)
}

/**
 * Starts the servers under test, and stops them when the function has ended.
 * @throws when one of them does not start
 */
export async function withServers<Result>(
  { options, affinity, upstream }: Bench,
  use: (servers: readonly RunningServer[]) => Promise<Result>,
): Promise<Result> {
  const start = { upstream: upstream.origin, other: options.other, processors: affinity.servers }
  const started = await Promise.allSettled(options.servers.map((name) => startServer(name, start)))
  const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  try {
    for (const result of started) if (result.status === 'rejected') throw result.reason
    return await use(servers)
  } catch (error) {
    const outputs = servers.map(({ target, process }) => `${target.name} has written:\n${process.errorOutput()}`)
    throw new Error([String(error), ...outputs].join('\n\n'), { cause: error })
  } finally {
    await Promise.all(servers.map(({ process }) => process.stop()))
  }
}
