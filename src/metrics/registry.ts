import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { DURATION_BOUNDS_MS } from '../values/duration-histogram.ts'
import { CACHE_METRICS } from './cache-metrics.ts'
import type { DurationMetric, DurationSample, Metric, MetricsSources, ValueMetric } from './metric.ts'
import { OPERATION_METRICS } from './operation-metrics.ts'
import { PROCESS_METRICS } from './process-metrics.ts'
import { processMonitor } from './process-monitor.ts'
import { REDIS_METRICS } from './redis-metrics.ts'
import { UPSTREAM_METRICS } from './upstream-metrics.ts'

/** All metrics, in the order of the page. */
export const METRICS: readonly Metric[] = [
  ...OPERATION_METRICS,
  ...UPSTREAM_METRICS,
  ...CACHE_METRICS,
  ...REDIS_METRICS,
  ...PROCESS_METRICS,
]

/** The metrics of one process as values that can be sent to another one. */
export type MetricsSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

export interface MetricsRegistry {
  render(): Promise<string>
  snapshot(): Promise<MetricsSnapshot>
}

const BOUNDS = DURATION_BOUNDS_MS.map((bound) => bound / 1000)

/** The value of one line of a histogram, as prom-client has it. */
interface HistogramValue {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly sharedLabels: Readonly<Record<string, string>>
  readonly value: number
}

/** Returns the lines of a histogram: the number of durations up to each bound, their sum and their number. */
function histogramValues(name: string, { labels: sharedLabels, durations }: DurationSample): readonly HistogramValue[] {
  let count = 0
  const buckets = durations.counts.map((inBucket, index) => {
    count += inBucket
    return { metricName: `${name}_bucket`, labels: { le: BOUNDS[index] ?? '+Inf' }, sharedLabels, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: {}, sharedLabels, value: durations.sumMs / 1000 },
    { metricName: `${name}_count`, labels: {}, sharedLabels, value: count },
  ]
}

/** A histogram of prom-client whose values are read at a scrape, because observing each duration costs more. */
class ReadHistogram extends Histogram {
  readonly #metric: DurationMetric
  readonly #sources: MetricsSources

  constructor(metric: DurationMetric, sources: MetricsSources, registry: Registry) {
    const { name, help, labels } = metric
    super({ name, help, labelNames: labels, buckets: BOUNDS, registers: [registry] })
    this.#metric = metric
    this.#sources = sources
  }

  /** Called by prom-client for the values of every kind of result. */
  async getForPromString() {
    const { name, help, read } = this.#metric
    const values = Array.from(read(this.#sources), (sample) => histogramValues(name, sample)).flat()
    return { name, help, type: 'histogram', aggregator: 'sum', values }
  }
}

/** Removes all samples, also that of a metric without labels, which prom-client would set to zero. */
function clear(metric: Counter | Gauge): void {
  metric.reset()
  metric.remove({})
}

/** Registers a counter or a gauge whose samples are read at a scrape. */
function registerValue(metric: ValueMetric, sources: MetricsSources, registry: Registry): void {
  const { name, help, labels: labelNames, merge: aggregator = 'sum', read } = metric
  const common = { name, help, labelNames, aggregator, registers: [registry] }
  if (metric.type === 'gauge') {
    new Gauge({
      ...common,
      collect() {
        clear(this)
        for (const { labels, value } of read(sources)) this.set(labels, value)
      },
    })
    return
  }
  new Counter({
    ...common,
    collect() {
      clear(this)
      for (const { labels, value } of read(sources)) this.inc(labels, value)
    },
  })
}

/** Creates the registry of a gateway. Gateways of one process share the metrics of the process. */
export function createRegistry(own: Omit<MetricsSources, 'monitor'>): MetricsRegistry {
  const registry = new Registry()
  const sources = { ...own, monitor: processMonitor() }
  for (const metric of METRICS) {
    if (metric.type === 'histogram') new ReadHistogram(metric, sources, registry)
    else registerValue(metric, sources, registry)
  }
  return {
    render: () => registry.metrics(),
    snapshot: () => registry.getMetricsAsJSON(),
  }
}

/** Returns the metrics of several processes as one registry: counts are added up, and each gauge has its own rule. */
export function mergeSnapshots(snapshots: readonly MetricsSnapshot[]): MetricsRegistry {
  const merged = AggregatorRegistry.aggregate([...snapshots])
  return { render: () => merged.metrics(), snapshot: () => merged.getMetricsAsJSON() }
}
