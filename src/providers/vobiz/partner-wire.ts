import type { UpstreamErrorContext } from '../../errors.ts'
import {
  readDecimal,
  readIdentifier,
  readOptionalCount,
  readOptionalFlag,
  readOptionalText,
  readOptionalWord,
} from '../../upstream/fields.ts'
import { type JsonObject, readAnswer, timestampAt } from '../../upstream/wire.ts'
import type { ParsedInstant } from '../../values/instant.ts'

/** The partner's profile as Vobiz sent it, its fields checked. */
export interface VobizPartnerRow {
  readonly auth_id: string
  readonly name: string | null
  readonly company: string | null
  readonly email: string | null
  readonly billing_model: string | null
  readonly is_active: boolean | null
  readonly account_count: number | null
  readonly max_accounts: number | null
  /** Exact decimal in major units; null when Vobiz sends none. */
  readonly balance: string | null
  /** Never absent: the configured currency is the default. */
  readonly currency: string
  readonly created_at: ParsedInstant | null
}

const readPartnerFields = (row: JsonObject, currency: string): VobizPartnerRow => ({
  auth_id: readIdentifier(row.auth_id, 'auth_id'),
  name: readOptionalText(row.name),
  company: readOptionalText(row.company),
  email: readOptionalText(row.email),
  billing_model: readOptionalText(row.billing_model),
  is_active: readOptionalFlag(row.is_active),
  account_count: readOptionalCount(row.account_count),
  max_accounts: readOptionalCount(row.max_accounts),
  // Documented as text; an example and an earlier edition of the documentation have a number.
  balance: row.balance === null || row.balance === undefined ? null : readDecimal(row.balance, 'balance'),
  // The prose of the documentation has it, its schema does not.
  currency: readOptionalWord(row.currency, 'currency') || currency,
  created_at: timestampAt(row, 'created_at'),
})

/**
 * Reads the partner's profile.
 *
 * @param currency of a balance that carries none
 * @throws {UpstreamResponseError} when the answer is not as documented
 */
export const readPartner = (json: unknown, errorContext: UpstreamErrorContext, currency: string): VobizPartnerRow =>
  readAnswer(json, (row) => readPartnerFields(row, currency), errorContext)
