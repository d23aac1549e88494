import type { Environment } from '../config.ts'
import type { CreateTracing } from '../gateway/connect.ts'
import { isTracingOn } from '../tracing/settings.ts'

/** Loads the code of traces when the variables of OpenTelemetry ask for them; otherwise none of it is loaded. */
export async function loadTracing(environment: Environment): Promise<CreateTracing | undefined> {
  if (!isTracingOn(environment)) return undefined
  const { createTracing } = await import('../tracing/tracing.ts')
  return createTracing
}
