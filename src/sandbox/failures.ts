import type { Sandbox } from './server.ts'

/** Failure of a sandbox: a status, no answer, or late answers. */
export type Failure = number | 'timeout' | 'slow'

/** Delay of slow answers, in milliseconds: a user notices it, and no deadline passes. */
const SLOW_MS = 3_000

/** The failure of a provider that is named alone. */
const DEFAULT_FAILURE: Failure = 503

/** Parses an error status, `timeout` or `slow`; without text, the provider is unavailable. Returns null for any other text. */
export function parseFailure(text: string): Failure | null {
  if (text === '') return DEFAULT_FAILURE
  if (text === 'timeout' || text === 'slow') return text
  return /^[45]\d\d$/.test(text) ? Number(text) : null
}

/** Makes every request to a sandbox's API fail; null makes it work again. */
export function setFailure({ servers: [api] }: Sandbox, failure: Failure | null): void {
  api.clearFaults()
  if (failure === null) return
  if (failure === 'timeout') api.fault({ kind: 'hang' })
  else if (failure === 'slow') api.fault({ kind: 'delay', delayMs: SLOW_MS })
  else api.fault({ kind: 'reply', reply: { status: failure, json: { message: 'Made to fail on request.' } } })
}
