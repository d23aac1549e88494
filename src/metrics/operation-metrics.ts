import { type Metric, single } from './metric.ts'
import { OPERATION_KINDS, OPERATION_OUTCOMES } from './operation-counters.ts'

/** Metrics of the requests of callers. */
export const OPERATION_METRICS: readonly Metric[] = [
  {
    name: 'gateway_operations_total',
    help: 'Operations that have ended, by kind and outcome.',
    type: 'counter',
    labels: ['kind', 'outcome'],
    read: ({ operations }) =>
      OPERATION_KINDS.flatMap((kind) =>
        OPERATION_OUTCOMES.map((outcome) => ({
          labels: { kind, outcome },
          value: operations.byKind[kind].outcomes[outcome],
        })),
      ),
  },
  {
    name: 'gateway_operation_duration_seconds',
    help: 'Time from reading an operation to its last result.',
    type: 'histogram',
    labels: ['kind'],
    read: ({ operations }) =>
      OPERATION_KINDS.map((kind) => ({ labels: { kind }, durations: operations.byKind[kind].durations })),
  },
  {
    name: 'gateway_operation_errors_total',
    help: 'Operations whose results contain an error of a code; of one operation at most five codes count.',
    type: 'counter',
    labels: ['code'],
    read: ({ operations }) => Array.from(operations.errors, ([code, value]) => ({ labels: { code }, value })),
  },
  {
    name: 'gateway_operations_running',
    help: 'Requests for GraphQL that are being processed, without open subscriptions.',
    type: 'gauge',
    labels: [],
    read: ({ activity }) => single(activity.operations()),
  },
  {
    name: 'gateway_subscriptions_open',
    help: 'Open subscriptions.',
    type: 'gauge',
    labels: [],
    read: ({ activity }) => single(activity.subscriptions()),
  },
  {
    name: 'gateway_subscription_events_total',
    help: 'Events of subscriptions that have ended.',
    type: 'counter',
    labels: [],
    read: ({ operations }) => single(operations.events),
  },
  {
    name: 'gateway_http_errors_total',
    help: 'Responses with an error status; the code is OTHER when the request was not rejected by a rule.',
    type: 'counter',
    labels: ['status', 'code'],
    read: ({ server }) =>
      Array.from(server.errors, ({ status, code, count }) => ({
        labels: { status: String(status), code },
        value: count,
      })),
  },
  {
    name: 'gateway_connections_open',
    help: 'Open connections of callers.',
    type: 'gauge',
    labels: [],
    read: ({ server }) => single(server.openConnections),
  },
  {
    name: 'gateway_connections_total',
    help: 'Accepted connections of callers.',
    type: 'counter',
    labels: [],
    read: ({ server }) => single(server.acceptedConnections),
  },
  {
    name: 'gateway_connections_refused_total',
    help: 'Connections that were closed at once, because MAX_CONNECTIONS was reached.',
    type: 'counter',
    labels: [],
    read: ({ server }) => single(server.refusedConnections),
  },
]
