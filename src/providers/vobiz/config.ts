import { z } from 'zod'
import type { Environment } from '../../config.ts'
import { baseUrl } from '../../upstream/base-url.ts'
import { readVariables } from '../variables.ts'

/** The value of a header. Characters that are not printable would be changed or rejected on the way. */
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
  /** The partner's currency, for sums that carry none. */
  readonly currency: string
}

/**
 * Reads the settings of Vobiz; null when none of its variables but `VOBIZ_CURRENCY` is set.
 * @throws {ConfigError} with a line for each variable that is missing or malformed
 */
export function readVobizConfig(environment: Environment): VobizConfig | null {
  const values = readVariables(vobizVariables, environment, { urls: ['VOBIZ_BASE_URL'], settings: ['VOBIZ_CURRENCY'] })
  return (
    values && {
      baseUrl: values.VOBIZ_BASE_URL,
      authId: values.VOBIZ_AUTH_ID,
      authToken: values.VOBIZ_AUTH_TOKEN,
      currency: values.VOBIZ_CURRENCY,
    }
  )
}
