import { z } from 'zod'
import { ConfigError } from '../../errors.ts'
import { baseUrl, unencryptedUrls } from '../../upstream/base-url.ts'

/** The environment variables of Kobble, each with its description for docs/configuration.md. */
export const kobbleVariables = {
  KOBBLE_BASE_URL: baseUrl.describe('Base URL of the API. There is no default: Kobble does not publish its hosts.'),
  KOBBLE_TOKEN_URL: baseUrl.describe('URL of the OAuth 2.0 token endpoint.'),
  KOBBLE_CLIENT_ID: z.string({ error: "expected the client's id" }).describe('Client id.'),
  KOBBLE_CLIENT_SECRET: z.string({ error: "expected the client's secret" }).describe('Client secret.'),
  KOBBLE_SCOPE: z.string().default('client/read').describe('Scope that is requested for the token.'),
}

export interface KobbleConfig {
  readonly baseUrl: string
  /** The OAuth 2.0 token endpoint, on a host of its own. */
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope: string
}

/**
 * The settings of Kobble, or null where none of its variables is set. A variable that is blank counts as unset.
 * @throws {ConfigError} with a line for each variable that is missing or malformed
 */
export function readKobbleConfig(env: Readonly<Record<string, string | undefined>>): KobbleConfig | null {
  const given = Object.keys(kobbleVariables).map((name) => [name, env[name]?.trim() || undefined] as const)
  if (given.every(([, value]) => value === undefined)) return null
  const { success, data, error } = z.object(kobbleVariables).safeParse(Object.fromEntries(given))
  if (!success) throw new ConfigError(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))
  const unencrypted = unencryptedUrls(
    { KOBBLE_BASE_URL: data.KOBBLE_BASE_URL, KOBBLE_TOKEN_URL: data.KOBBLE_TOKEN_URL },
    env,
  )
  if (unencrypted.length > 0) throw new ConfigError(unencrypted)
  return {
    baseUrl: data.KOBBLE_BASE_URL,
    tokenUrl: data.KOBBLE_TOKEN_URL,
    clientId: data.KOBBLE_CLIENT_ID,
    clientSecret: data.KOBBLE_CLIENT_SECRET,
    scope: data.KOBBLE_SCOPE,
  }
}
