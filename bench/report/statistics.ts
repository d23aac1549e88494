import type { Measurement, RoundResult } from '../measure.ts'

/** A ratio of two servers over the same rounds, with the interval in which it lies with a probability of 90 %. */
export interface Ratio {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** The figures of one server under one workload. */
export interface Figures {
  readonly workload: string
  readonly server: string
  readonly operations: number
  /** Processor time of 1,000 operations, in milliseconds. */
  readonly cpuMs: number
  /** Processor time in relation to other servers, by their names. */
  readonly ratios: Readonly<Record<string, Ratio>>
  readonly operationsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly rssMb: number
  /** Allocated in the heap by one operation. */
  readonly allocatedKb: number
  /** Upstream requests of one operation. */
  readonly upstreamRequests: number
  /** Rows that the upstream sent, in relation to the rows of the answers. */
  readonly rowsRead: number
}

const sum = (rounds: readonly RoundResult[], value: (round: RoundResult) => number): number =>
  rounds.reduce((total, round) => total + value(round), 0)

const cpuOf = (rounds: readonly RoundResult[]): number =>
  sum(rounds, ({ cpuUs }) => cpuUs) / sum(rounds, ({ operations }) => operations)

/** Returns the value below which a share of the sorted values lies. */
const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

const ascending = (one: number, other: number) => one - other

/** Samples from which the interval of a ratio is computed. */
const SAMPLES = 1000

/** Returns random numbers below 1, the same ones for each seed (xorshift). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/**
 * Compares two servers over the same rounds. The interval comes from bootstrapping: the ratio is computed again for many
 * random choices of rounds. Both servers' results of a round stay together, since the speed of a shared machine changes
 * from one round to the next.
 */
function ratioOf(rounds: readonly RoundResult[], base: readonly RoundResult[]): Ratio {
  const random = createRandom(rounds.length)
  const samples = Array.from({ length: SAMPLES }, () => {
    const chosen = rounds.map(() => Math.floor(random() * rounds.length))
    return cpuOf(chosen.map((index) => rounds[index]!)) / cpuOf(chosen.map((index) => base[index]!))
  }).sort(ascending)
  return { value: cpuOf(rounds) / cpuOf(base), low: quantile(samples, 0.05), high: quantile(samples, 0.95) }
}

/** Returns the figures of one measurement, in relation to all others under the same workload. */
function figuresOf(measurement: Measurement, all: readonly Measurement[]): Figures {
  const { workload, server, rounds, rssBytes, allocatedBytes } = measurement
  const operations = sum(rounds, (round) => round.operations)
  const durations = rounds.flatMap((round) => [...round.durations]).sort(ascending)
  const bases = all.filter((other) => other.workload === workload && other.server !== server)
  return {
    workload,
    server,
    operations,
    cpuMs: cpuOf(rounds),
    ratios: Object.fromEntries(bases.map((base) => [base.server, ratioOf(rounds, base.rounds)])),
    operationsPerSecond: operations / (sum(rounds, ({ elapsedMs }) => elapsedMs) / 1000),
    p50Ms: quantile(durations, 0.5),
    p99Ms: quantile(durations, 0.99),
    rssMb: rssBytes / 2 ** 20,
    allocatedKb: allocatedBytes / 1024,
    upstreamRequests: sum(rounds, (round) => round.upstreamRequests) / operations,
    rowsRead: sum(rounds, ({ upstreamRows }) => upstreamRows) / sum(rounds, ({ rows }) => rows),
  }
}

/** Returns the figures of all measurements, in the same order. */
export const computeFigures = (measurements: readonly Measurement[]): Figures[] =>
  measurements.map((measurement) => figuresOf(measurement, measurements))
