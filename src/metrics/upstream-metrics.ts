import type { BreakerState } from '../upstream/breaker.ts'
import { type ClientStatistics, REQUEST_OUTCOMES } from '../upstream/statistics.ts'
import type { ClientSource, Labels, Metric, MetricsSources, ValueMetric, ValueSample } from './metric.ts'

const CLIENT_LABELS = ['provider', 'service']
const CIRCUIT_STATES: readonly BreakerState[] = ['closed', 'half-open', 'open']

const namesOf = ({ provider, service }: ClientSource): Labels => ({ provider, service })

/** Reads several samples of each client. */
const readEach =
  (read: (statistics: ClientStatistics) => Iterable<ValueSample>) =>
  ({ clients }: MetricsSources): readonly ValueSample[] =>
    clients.flatMap((client) =>
      Array.from(read(client.statistics()), ({ labels, value }) => ({
        labels: { ...namesOf(client), ...labels },
        value,
      })),
    )

/** Creates a metric with one sample for each client. */
const clientMetric = (
  type: ValueMetric['type'],
  name: string,
  help: string,
  read: (statistics: ClientStatistics) => number,
): ValueMetric => ({
  name,
  help,
  type,
  labels: CLIENT_LABELS,
  read: readEach((statistics) => [{ labels: {}, value: read(statistics) }]),
})

/** Metrics of the requests to providers. */
export const UPSTREAM_METRICS: readonly Metric[] = [
  {
    name: 'gateway_upstream_requests_total',
    help: 'Requests to providers that have ended, each with all its attempts, by outcome.',
    type: 'counter',
    labels: [...CLIENT_LABELS, 'outcome'],
    read: readEach(({ requests }) =>
      REQUEST_OUTCOMES.map((outcome) => ({ labels: { outcome }, value: requests[outcome] })),
    ),
  },
  clientMetric(
    'counter',
    'gateway_upstream_shared_requests_total',
    'Reads that waited for a request in flight of another read, instead of sending their own.',
    ({ shared }) => shared,
  ),
  clientMetric(
    'counter',
    'gateway_upstream_attempts_total',
    'HTTP requests sent to providers, retries included.',
    ({ attempts }) => attempts,
  ),
  clientMetric(
    'counter',
    'gateway_upstream_retries_total',
    'Retries of requests to providers.',
    ({ retries }) => retries,
  ),
  {
    name: 'gateway_upstream_attempt_duration_seconds',
    help: 'Time from sending an HTTP request to its parsed answer, or to its failure.',
    type: 'histogram',
    labels: CLIENT_LABELS,
    read: ({ clients }) =>
      clients.map((client) => ({ labels: namesOf(client), durations: client.statistics().attemptDurations })),
  },
  clientMetric(
    'counter',
    'gateway_upstream_rows_total',
    'Rows that providers returned; a row that operations share counts once.',
    ({ rows }) => rows,
  ),
  clientMetric(
    'gauge',
    'gateway_upstream_in_flight',
    'Connections to providers that are in use.',
    ({ inFlight }) => inFlight,
  ),
  clientMetric(
    'gauge',
    'gateway_upstream_queue_length',
    'Requests that wait for a connection to a provider.',
    ({ waiting }) => waiting,
  ),
  {
    name: 'gateway_upstream_circuits',
    help: 'Circuit breakers by state: 1 for the current state, otherwise 0; added up over processes.',
    type: 'gauge',
    labels: [...CLIENT_LABELS, 'circuit', 'state'],
    read: readEach(({ circuits }) =>
      Object.entries(circuits).flatMap(([circuit, { state: current }]) =>
        CIRCUIT_STATES.map((state) => ({ labels: { circuit, state }, value: Number(state === current) })),
      ),
    ),
  },
  {
    name: 'gateway_upstream_circuit_openings_total',
    help: 'How often a circuit breaker has opened, half-open ones whose probe failed included.',
    type: 'counter',
    labels: [...CLIENT_LABELS, 'circuit'],
    read: readEach(({ circuits }) =>
      Object.entries(circuits).map(([circuit, { opened }]) => ({ labels: { circuit }, value: opened })),
    ),
  },
]
