import { setTimeout } from 'node:timers/promises'
import { UpstreamError } from '../errors.ts'
import { traceOf } from '../graphql/error-masking.ts'
import type { Log } from '../log.ts'
import type { ProviderConnection } from '../providers/provider.ts'
import type { Readiness } from '../server/readiness.ts'
import { causeOf } from '../upstream/cause.ts'

/** Pause after the first failed check; it doubles with each further one. */
const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 8_000

export interface ReachOptions {
  readonly log: Log
  readonly readiness: Readiness
  /** Time for which the readiness waits for providers, and failed checks are repeated. */
  readonly timeoutMs: number
  /** Ends the checks without a warning. */
  readonly signal: AbortSignal
}

/** Describes a failure by codes and names only: no text, address or credential. */
function describeFailure(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof UpstreamError)) return traceOf(error)
  const { operation, code } = error
  return { operation, code, cause: causeOf(error) }
}

/**
 * Sends each provider one cheap request.
 * @returns by provider: null when it succeeded, otherwise its error
 */
export async function checkProviders(
  connections: ReadonlyMap<string, ProviderConnection>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, unknown>> {
  const checks = [...connections].map(async ([provider, connection]) => {
    const failure = await connection.check({ signal }).then(
      () => null,
      (error: unknown) => error,
    )
    return [provider, failure] as const
  })
  return new Map(await Promise.all(checks))
}

/** Waits; returns early when the signal aborts. */
const pause = (delayMs: number, signal: AbortSignal) =>
  setTimeout(delayMs, undefined, { signal, ref: false }).catch(() => {})

/**
 * Checks a provider until it answers as it should, or `waiting` aborts. Each kind of failure is logged once.
 *
 * @param waiting aborts when failed checks are no longer repeated
 */
async function reach(
  provider: string,
  connection: ProviderConnection,
  { log, readiness, signal }: ReachOptions,
  waiting: AbortSignal,
): Promise<void> {
  const logged = new Set<string>()
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    try {
      await connection.check({ signal })
      readiness.recordReached(provider)
      if (logged.size > 0) log.info('provider reached', { provider })
      return
    } catch (error) {
      if (signal.aborted) return
      const failure = { provider, ...describeFailure(error) }
      const key = JSON.stringify(failure)
      if (!logged.has(key)) log.warn('provider check failed', failure)
      logged.add(key)
    }
    await pause(pauseMs, waiting)
    if (waiting.aborted) return
  }
}

/**
 * Sends each provider one cheap request, so that wrong credentials and hosts show at the start rather than with the first query.
 * Until all have succeeded the process is not ready. Failed ones are repeated with growing pauses until `timeoutMs` is over;
 * the process is then ready without these providers, because the others can answer. It never rejects.
 */
export async function reachProviders(
  connections: ReadonlyMap<string, ProviderConnection>,
  options: ReachOptions,
): Promise<void> {
  const { log, readiness, timeoutMs, signal } = options
  const timeout = AbortSignal.timeout(timeoutMs)
  if (timeoutMs > 0) for (const provider of connections.keys()) readiness.awaitProvider(provider)
  timeout.addEventListener('abort', () => {
    const { unreached } = readiness
    readiness.stopWaiting()
    if (unreached.length > 0 && !signal.aborted) log.warn('ready without every provider', { unreached })
  })
  const waiting = AbortSignal.any([signal, timeout])
  await Promise.all([...connections].map(([provider, connection]) => reach(provider, connection, options, waiting)))
}
