import type { Config } from '../config.ts'
import { METRICS_TYPE, Metrics } from '../metrics/metrics.ts'
import type { MetricsPage } from '../server/metrics-page.ts'
import type { ServerObserver } from '../server/observer.ts'

/** Returns the metrics of a gateway; null when they are switched off. */
export const createMetrics = (config: Config | null): Metrics | null =>
  config === null || config.metrics === null ? null : new Metrics()

/** Returns what counts for the metrics whatever the server does. */
export const createServerObserver = ({ operations, server }: Metrics): ServerObserver => ({
  onOperation: ({ definition }, end) => operations.add(definition?.operation ?? null, end),
  onResponse: (status, code) => server.addResponse(status, code),
  onServer: (listener) => server.observeConnections(listener),
})

/** Returns the page for the server of callers; null when the page is served on a port of its own, or not at all. */
export const metricsPageOf = (config: Config, metrics: Metrics | null): MetricsPage | null =>
  metrics === null || config.metrics?.port !== null
    ? null
    : { contentType: METRICS_TYPE, render: () => metrics.render() }
