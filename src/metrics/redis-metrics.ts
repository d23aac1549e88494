import { type Metric, type MetricsSources, type RedisSource, single, type ValueSample } from './metric.ts'

/** Reads samples of the connection; none when there is no Redis. */
const read =
  (samplesOf: (redis: RedisSource) => readonly ValueSample[]) =>
  ({ redis }: MetricsSources): readonly ValueSample[] =>
    redis === null ? [] : samplesOf(redis)

/** Metrics of Redis. They have no samples when there is no `REDIS_URL`. */
export const REDIS_METRICS: readonly Metric[] = [
  {
    name: 'gateway_redis_processes',
    help: 'Processes by the state of their connection to Redis; those that are connecting work without it.',
    type: 'gauge',
    labels: ['state'],
    read: read((redis) => [
      { labels: { state: 'ready' }, value: Number(redis.isReady()) },
      { labels: { state: 'connecting' }, value: Number(!redis.isReady()) },
    ]),
  },
  {
    name: 'gateway_redis_connections_total',
    help: 'Connections to Redis that were established.',
    type: 'counter',
    labels: [],
    read: read((redis) => single(redis.statistics().connections)),
  },
  {
    name: 'gateway_redis_commands_total',
    help: 'Commands to Redis by outcome: success, refused by Redis, timeout, lost with the connection, or skipped without one.',
    type: 'counter',
    labels: ['outcome'],
    read: read((redis) =>
      Object.entries(redis.statistics().commands).map(([outcome, value]) => ({ labels: { outcome }, value })),
    ),
  },
]
