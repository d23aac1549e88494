import type { ClientStatistics } from '../upstream/statistics.ts'
import type { DurationHistogram } from '../values/duration-histogram.ts'
import type { OperationCounters } from './operation-counters.ts'
import type { ProcessMonitor } from './process-monitor.ts'
import type { ServerCounters } from './server-counters.ts'

/** An HTTP client of a provider, with the names that its metrics carry. */
export interface ClientSource {
  readonly provider: string
  readonly service: string
  statistics(): ClientStatistics
}

/** The connection of a process to Redis. */
export interface RedisSource {
  isReady(): boolean
  statistics(): {
    /** Commands by outcome. */
    readonly commands: Readonly<Record<string, number>>
    readonly connections: number
  }
}

/** The cache of answers of all providers. */
export interface CacheSource {
  statistics(): {
    readonly providers: ReadonlyMap<string, { readonly hits: number; readonly misses: number; readonly stored: number }>
    readonly store: { readonly entries?: number; readonly bytes?: number }
  }
}

/** Requests of callers that are being processed. */
export interface Activity {
  operations(): number
  subscriptions(): number
}

/** What the metrics of one gateway are read from. */
export interface MetricsSources {
  readonly operations: OperationCounters
  readonly server: ServerCounters
  readonly clients: readonly ClientSource[]
  readonly activity: Activity
  /** Null when there is no Redis. */
  readonly redis: RedisSource | null
  /** Null when no answers are kept. */
  readonly cache: CacheSource | null
  /** Measures this process. */
  readonly monitor: ProcessMonitor
}

export type Labels = Readonly<Record<string, string>>

export interface ValueSample {
  readonly labels: Labels
  readonly value: number
}

export interface DurationSample {
  readonly labels: Labels
  readonly durations: DurationHistogram
}

interface MetricBase {
  readonly name: string
  /** One sentence for the page and for the table in docs/operations.md. */
  readonly help: string
  /** Names of the labels. No value of any label comes from a caller. */
  readonly labels: readonly string[]
}

/** How the values of several processes become one. */
type Merge = 'sum' | 'max' | 'min' | 'first'

/** A metric whose samples are read at a scrape. */
export interface ValueMetric extends MetricBase {
  readonly type: 'counter' | 'gauge'
  /** The sum by default. */
  readonly merge?: Merge
  read(sources: MetricsSources): Iterable<ValueSample>
}

/** A histogram whose samples are read at a scrape; its unit is the second. */
export interface DurationMetric extends MetricBase {
  readonly type: 'histogram'
  read(sources: MetricsSources): Iterable<DurationSample>
}

export type Metric = ValueMetric | DurationMetric

/** A sample without labels. */
export const single = (value: number): readonly ValueSample[] => [{ labels: {}, value }]
