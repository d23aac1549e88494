import { isIPv4 } from 'node:net'
import { z } from 'zod'
import { ConfigError } from './errors.ts'
import type { Environment } from './providers/provider.ts'

/** What the gateway itself is told by the environment; each provider reads its own variables. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly logLevel: LogLevel
  /** Deadline of one upstream request, its retries included. */
  readonly upstreamTimeoutMs: number
  /** Rows that one field may read to answer a filter that a provider does not have. */
  readonly scanLimit: number
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const wholeNumber = (from: number, to: number, fallback: number) => {
  const expected = `expected a whole number from ${from} to ${to}`
  return z
    .string()
    .regex(/^\d{1,9}$/, { error: expected })
    .transform(Number)
    .refine((value) => value >= from && value <= to, { error: expected })
    .default(fallback)
}

const variables = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535, 4000),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `expected one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  AUTH_MODE: z.enum(['none'], { error: 'expected none, the only mode so far' }).optional(),
  UPSTREAM_TIMEOUT_MS: wholeNumber(1, 600_000, 10_000),
  SCAN_LIMIT: wholeNumber(1, 100_000_000, 10_000),
})

/** True for an address that only this machine can reach. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

/**
 * Reads the gateway's own variables; an empty one counts as unset.
 * @throws {ConfigError} with a line for each variable that cannot be used
 */
export function readConfig(environment: Environment): Config {
  const given: Environment = Object.fromEntries(
    Object.keys(variables.shape).map((name) => [name, environment[name]?.trim() || undefined]),
  )
  const { data, error } = variables.safeParse(given)
  const faults = (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
  if (given.HOST !== undefined && !isLoopback(given.HOST) && given.AUTH_MODE === undefined) {
    faults.push(
      'AUTH_MODE: must be set when HOST is reachable from other machines; AUTH_MODE=none lets everyone in who reaches it',
    )
  }
  if (!data || faults.length > 0) throw new ConfigError(faults)
  return {
    host: data.HOST,
    port: data.PORT,
    logLevel: data.LOG_LEVEL,
    upstreamTimeoutMs: data.UPSTREAM_TIMEOUT_MS,
    scanLimit: data.SCAN_LIMIT,
  }
}
