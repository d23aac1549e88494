/** A message of the primary process to a worker. */
export type PrimaryMessage =
  | {
      readonly kind: 'start'
      /** The variables that point at the sandbox of the primary process; null when a provider is configured. */
      readonly sandbox: Readonly<Record<string, string | undefined>> | null
    }
  /** Asks the worker to answer its requests and to end. */
  | { readonly kind: 'stop'; readonly signal: string }

/** A message of a worker to the primary process. */
export type WorkerMessage =
  /** The worker waits for `start`. */
  | { readonly kind: 'waiting' }
  /** Scheme, host and port of the gateway, and of its listener for scrapers. */
  | { readonly kind: 'listening'; readonly origin: string; readonly scrapersOrigin: string | null }
  /** The worker cannot start, and ends; the text is for the operator. */
  | { readonly kind: 'failed'; readonly text: string }
