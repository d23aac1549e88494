import { UpstreamError } from '../errors.ts'
import { traceOf } from '../graphql/error-masking.ts'
import type { Log } from '../log.ts'
import type { ProviderConnection } from '../providers/provider.ts'
import { causeOf } from '../upstream/cause.ts'

/** Describes a failure by codes and names only: no text, address or credential. */
function describeFailure(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof UpstreamError)) return traceOf(error)
  const { operation, code } = error
  return { operation, code, cause: causeOf(error) }
}

/**
 * Sends each provider one cheap request, and logs a warning for each that fails, so that wrong credentials and hosts show at the
 * start rather than with the first query. It never rejects.
 *
 * @param signal ends the checks without a warning
 */
export async function checkProviders(
  connections: ReadonlyMap<string, ProviderConnection>,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const checks = [...connections].map(async ([provider, connection]) => {
    try {
      await connection.check({ signal })
    } catch (error) {
      if (!signal.aborted) log.warn('provider check failed', { provider, ...describeFailure(error) })
    }
  })
  await Promise.all(checks)
}
