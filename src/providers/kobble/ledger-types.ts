import type { Connection } from '../../connection/connection.ts'
import type { GatewayBuilder } from '../../graphql/builder.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import { type LedgerArguments, openList } from '../../graphql/ledger-connection.ts'
import { assertPeriod } from '../../graphql/period.ts'
import { type Instant, parseInstant } from '../../values/instant.ts'
import { kobbleSession } from './session.ts'
import type { KobbleTransactionRecord } from './transaction.ts'

interface KobbleFilter {
  readonly from?: string | null | undefined
  readonly to?: string | null | undefined
}

/** Returns the instant of a `DateTime` argument, which the scalar has validated. */
const instantOf = (text: string): Instant => parseInstant(text)!.instant

/**
 * Opens the transactions of a wallet, or those of all wallets.
 *
 * @param walletId null for all wallets
 * @throws {InvalidArgumentError} when the filter's period ends before it begins
 */
export function openKobbleLedger(
  walletId: string | null,
  args: LedgerArguments<KobbleFilter>,
  context: GatewayContext,
): Connection<KobbleTransactionRecord> {
  const { from: fromText, to: toText } = args.filter ?? {}
  assertPeriod('Filter', { from: fromText, to: toText }, instantOf)
  const from = fromText ? instantOf(fromText) : null
  const to = toText ? instantOf(toText) : null
  return openList(context, {
    listKey: JSON.stringify(['kobbleTransactions', walletId, String(from), String(to), args.order]),
    groups: [kobbleSession(context).transactionList({ walletId, from, to })],
    order: args.order,
    args,
  })
}

/** Adds `KobbleLedgerFilter`. */
export function defineKobbleLedgerFilter(builder: GatewayBuilder) {
  return builder.inputType('KobbleLedgerFilter', {
    description: "Conditions on Kobble's transactions. All that are given must hold.",
    fields: (t) => ({
      from: t.field({ type: 'DateTime', description: 'First instant, inclusive.' }),
      to: t.field({ type: 'DateTime', description: 'Last instant, inclusive.' }),
    }),
  })
}

/** A reference to `KobbleLedgerFilter`. */
export type KobbleLedgerFilterRef = ReturnType<typeof defineKobbleLedgerFilter>
