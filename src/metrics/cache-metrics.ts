import type { CacheSource, Metric, MetricsSources, ValueSample } from './metric.ts'

type Statistics = ReturnType<CacheSource['statistics']>

/** Reads samples of the cache; none when no answers are kept. */
const read =
  (samplesOf: (statistics: Statistics) => readonly ValueSample[]) =>
  ({ cache }: MetricsSources): readonly ValueSample[] =>
    cache === null ? [] : samplesOf(cache.statistics())

/** Returns the sample of a count that the store may not know. */
const known = (value: number | undefined): readonly ValueSample[] =>
  value === undefined ? [] : [{ labels: {}, value }]

/** Metrics of the cache of answers. They have no samples when no answers are kept. */
export const CACHE_METRICS: readonly Metric[] = [
  {
    name: 'gateway_cache_lookups_total',
    help: 'Reads that looked for a kept answer: a hit was answered by it, a miss was sent to the provider.',
    type: 'counter',
    labels: ['provider', 'result'],
    read: read(({ providers }) =>
      Array.from(providers, ([provider, { hits, misses }]) => [
        { labels: { provider, result: 'hit' }, value: hits },
        { labels: { provider, result: 'miss' }, value: misses },
      ]).flat(),
    ),
  },
  {
    name: 'gateway_cache_stored_answers_total',
    help: 'Answers that were kept.',
    type: 'counter',
    labels: ['provider'],
    read: read(({ providers }) =>
      Array.from(providers, ([provider, { stored }]) => ({ labels: { provider }, value: stored })),
    ),
  },
  {
    name: 'gateway_cache_entries',
    help: 'Kept answers; missing when they are in Redis, which other processes share.',
    type: 'gauge',
    labels: [],
    read: read(({ store }) => known(store.entries)),
  },
  {
    name: 'gateway_cache_size_bytes',
    help: 'Estimated memory of kept answers; missing when they are in Redis.',
    type: 'gauge',
    labels: [],
    read: read(({ store }) => known(store.bytes)),
  },
]
