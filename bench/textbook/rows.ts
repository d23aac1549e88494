import { z } from 'zod'

/** Answers of the providers. Every row is checked when it arrives. */

const sums = { total_debit: z.number(), total_credit: z.number() }

export const vobizRow = z.looseObject({
  id: z.string(),
  account_id: z.string(),
  balance_id: z.string().nullish(),
  type: z.enum(['credit', 'debit']),
  amount: z.number(),
  currency: z.string(),
  description: z.string().nullish(),
  reference: z.string().nullish(),
  reference_type: z.string().nullish(),
  status: z.string(),
  processed_at: z.string().nullish(),
  created_at: z.string(),
  updated_at: z.string(),
})

export type VobizRow = z.infer<typeof vobizRow>

export const vobizPage = z.object({
  transactions: z.array(vobizRow),
  summary: z.object({ ...sums, total_transactions: z.number(), net_amount: z.number() }),
  total: z.number().int(),
})

export type VobizPage = z.infer<typeof vobizPage>

export const accountRow = z.object({ auth_id: z.string(), name: z.string().nullish() })

export const accountPage = z.object({ accounts: z.array(accountRow), total: z.number().int() })

export const kobbleRow = z.looseObject({
  id: z.string(),
  amount: z.number(),
  asset: z.string(),
  asset_class: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  external_id: z.string().nullable(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  payment_type: z.string(),
  type: z.string(),
  status: z.string(),
  reference: z.string(),
  metadata: z.unknown(),
  info: z.unknown(),
})

export type KobbleRow = z.infer<typeof kobbleRow>

export const walletRow = z.object({
  id: z.string(),
  holder_id: z.string(),
  asset: z.string(),
  status: z.string(),
  amount: z.number(),
})

export type WalletRow = z.infer<typeof walletRow>
