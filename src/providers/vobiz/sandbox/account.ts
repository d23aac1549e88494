import type { Random } from '../../../sandbox/random.ts'
import { CURRENCY, PARTNER } from './partner.ts'

const BLANK_ACCOUNT = {
  id: '0',
  api_id: '',
  auth_id: '',
  auth_token: '',
  name: '',
  email: '',
  phone: '',
  company: '',
  description: null as string | null,
  country: 'IN',
  address: null as string | null,
  city: null as string | null,
  state: null as string | null,
  zip_code: null as string | null,
  timezone: null as string | null,
  gstin: null as string | null,
  gst_status: null as string | null,
  tds_enabled: false,
  tds_percentage: 0,
  account_type: 'standard',
  role: 'customer',
  business_type: 'private_limited',
  billing_mode: 'prepaid',
  postpaid: false,
  auto_recharge: false,
  auto_recharge_config: null as unknown,
  cash_credits: '0.00000',
  cps_limit: 2,
  concurrent_calls_limit: 20,
  base_cps_limit: null as number | null,
  base_concurrent_calls_limit: null as number | null,
  purchased_cps_limit: null as number | null,
  purchased_concurrent_calls_limit: null as number | null,
  is_active: true,
  is_verified: true,
  is_trial_account: false,
  enabled: true,
  kyc_status: 'completed',
  created_at: '2025-09-01T06:30:00.000000+00:00',
  updated_at: '2025-09-01T06:30:00.000000+00:00',
  last_login: null as string | null,
  pricing_tier_id: 'tier_standard',
  pricing_tier: {
    id: 'tier_standard',
    name: 'Standard INR',
    currency: CURRENCY,
    inbound_rate: 0.35,
    outbound_rate: 0.45,
    did_rental_rate: 250,
    is_active: true,
    is_default: true,
    partner_id: PARTNER.id as string | null,
  },
  partner_id: PARTNER.id,
  resource_uri: '',
  google_id: null as string | null,
  referral_code: null as string | null,
  referral_disabled: true,
  custom_referrer_reward_amount: null as number | null,
  custom_referee_reward_amount: null as number | null,
}

/** A customer as `GET /accounts` lists it. */
export type VobizSandboxAccount = typeof BLANK_ACCOUNT

/** Fields of the list that the documented example of one account does not show. */
export const LIST_ONLY_FIELDS: readonly (keyof VobizSandboxAccount)[] = [
  'base_cps_limit',
  'base_concurrent_calls_limit',
  'purchased_cps_limit',
  'purchased_concurrent_calls_limit',
  'referral_code',
  'referral_disabled',
  'custom_referrer_reward_amount',
  'custom_referee_reward_amount',
]

export function accountFrom(given: Partial<VobizSandboxAccount>, ordinal: number, random: Random): VobizSandboxAccount {
  const authId = given.auth_id ?? `MA_${random.text('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', 8)}`
  const name = given.name ?? `Example Customer ${ordinal}`
  return {
    ...BLANK_ACCOUNT,
    id: String(1000 + ordinal),
    api_id: random.uuid(),
    auth_id: authId,
    auth_token: `not-a-real-token-of-customer-${ordinal}`,
    name,
    company: name,
    email: `accounts@${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.example`,
    phone: `+91000000${String(ordinal).padStart(4, '0')}`,
    resource_uri: `/v1/Account/${authId}/`,
    ...given,
  }
}
