import { z } from 'zod'
import { ConfigError } from '../../errors.ts'
import { baseUrl, unencryptedUrls } from '../../upstream/base-url.ts'

/** A header's value; what is not printable would not reach the provider as it was meant. */
const credential = (expected: string) =>
  z.string({ error: expected }).regex(/^[\x21-\x7e]+$/, { error: `${expected}, without blanks and control characters` })

/** The environment variables of Vobiz, each with its description for docs/configuration.md. */
export const vobizVariables = {
  VOBIZ_BASE_URL: baseUrl.default('https://api.vobiz.ai/api/v1/partner').describe('Base URL of the API.'),
  VOBIZ_AUTH_ID: credential("expected the partner's auth id").describe('Auth id of the partner.'),
  VOBIZ_AUTH_TOKEN: credential("expected the partner's auth token").describe('Auth token of the partner.'),
  VOBIZ_CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, { error: 'expected an ISO 4217 code such as INR' })
    .default('INR')
    .meta({
      values: 'ISO 4217 code',
      description: 'Currency of amounts that arrive without one. Setting it alone does not enable Vobiz.',
    }),
}

export interface VobizConfig {
  readonly baseUrl: string
  readonly authId: string
  readonly authToken: string
  /** The partner's currency, for sums whose answer carries none. */
  readonly currency: string
}

/**
 * The settings of Vobiz, or null where none of its connection variables is set. A variable that is blank counts as unset.
 * @throws {ConfigError} with a line for each variable that is missing or malformed
 */
export function readVobizConfig(env: Readonly<Record<string, string | undefined>>): VobizConfig | null {
  const given = Object.keys(vobizVariables).map((name) => [name, env[name]?.trim() || undefined] as const)
  if (given.every(([name, value]) => name === 'VOBIZ_CURRENCY' || value === undefined)) return null
  const { success, data, error } = z.object(vobizVariables).safeParse(Object.fromEntries(given))
  if (!success) throw new ConfigError(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))
  const unencrypted = unencryptedUrls({ VOBIZ_BASE_URL: data.VOBIZ_BASE_URL }, env)
  if (unencrypted.length > 0) throw new ConfigError(unencrypted)
  return {
    baseUrl: data.VOBIZ_BASE_URL,
    authId: data.VOBIZ_AUTH_ID,
    authToken: data.VOBIZ_AUTH_TOKEN,
    currency: data.VOBIZ_CURRENCY,
  }
}
