import type { MetricsSnapshot } from '../metrics/registry.ts'

/** A message of the primary process to a worker. */
export type PrimaryMessage =
  | {
      readonly kind: 'start'
      /** The variables that point at the sandbox of the primary process; null when a provider is configured. */
      readonly sandbox: Readonly<Record<string, string | undefined>> | null
    }
  /** Asks the worker to answer its requests and to end. */
  | { readonly kind: 'stop'; readonly signal: string }
  /** Asks the worker for its metrics. */
  | { readonly kind: 'send-metrics' }
  /** The metrics of all workers; null when they could not be read. */
  | { readonly kind: 'metrics-page'; readonly request: number; readonly page: string | null }

/** A message of a worker to the primary process. */
export type WorkerMessage =
  /** The worker waits for `start`. */
  | { readonly kind: 'waiting' }
  /** Scheme, host and port of the gateway, and of its listener for scrapers. */
  | { readonly kind: 'listening'; readonly origin: string; readonly scrapersOrigin: string | null }
  /** The worker cannot start, and ends; the text is for the operator. */
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'metrics'; readonly snapshot: MetricsSnapshot }
  /** Asks for the metrics of all workers; the number comes back with the answer. */
  | { readonly kind: 'get-metrics-page'; readonly request: number }
