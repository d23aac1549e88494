import { z } from 'zod'
import type { Environment } from '../../config.ts'
import { baseUrl } from '../../upstream/base-url.ts'
import { readVariables } from '../variables.ts'

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
 * Reads the settings of Kobble; null when none of its variables is set.
 * @throws {ConfigError} with a line for each variable that is missing or malformed
 */
export function readKobbleConfig(environment: Environment): KobbleConfig | null {
  const values = readVariables(kobbleVariables, environment, { urls: ['KOBBLE_BASE_URL', 'KOBBLE_TOKEN_URL'] })
  return (
    values && {
      baseUrl: values.KOBBLE_BASE_URL,
      tokenUrl: values.KOBBLE_TOKEN_URL,
      clientId: values.KOBBLE_CLIENT_ID,
      clientSecret: values.KOBBLE_CLIENT_SECRET,
      scope: values.KOBBLE_SCOPE,
    }
  )
}
