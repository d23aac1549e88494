import type { Connection } from '../../connection/connection.ts'
import type { GatewayBuilder } from '../../graphql/builder.ts'
import {
  addedFields,
  type ConditionEnums,
  type ConditionsInput,
  canonicalFilter,
  conditionFields,
  conditionsOf,
  instantOf,
} from '../../graphql/conditions.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import { type LedgerArguments, openList } from '../../graphql/ledger-connection.ts'
import { assertPeriod } from '../../graphql/period.ts'
import { assertTexts, MAX_SEARCH_CHARACTERS, MAX_TEXTS } from '../../graphql/search-text.ts'
import type { TransactionConditions } from '../../ledger/filter.ts'
import { laterOf } from '../../ledger/position.ts'
import { kobbleSession } from './session.ts'
import type { KobbleTransactionRecord } from './transaction.ts'

interface KobbleFilter extends Omit<ConditionsInput, 'from' | 'to'> {
  /** RFC 3339. */
  readonly from?: string | null | undefined
  /** RFC 3339. */
  readonly to?: string | null | undefined
  readonly types?: readonly string[] | null | undefined
  readonly externalIds?: readonly string[] | null | undefined
}

/**
 * Returns the conditions of a filter. Its `from` and `to` are instants, both included, in addition to those of all lists.
 *
 * @throws {InvalidArgumentError} when a range ends before it begins, or a text or a list of texts is too long
 */
function conditionsIn({ from, to, ...shared }: KobbleFilter): TransactionConditions {
  const [first, last] = [instantOf(from), instantOf(to)]
  assertPeriod('Filter', { from, to }, (end) => instantOf(end)!)
  const conditions = conditionsOf(shared)
  return {
    ...conditions,
    createdFrom: laterOf('newer', conditions.createdFrom, first),
    createdBefore: laterOf('older', conditions.createdBefore, last === null ? null : last + 1n),
  }
}

/**
 * Opens the transactions of a wallet, or those of all wallets.
 *
 * @param walletId null for all wallets
 * @throws {InvalidArgumentError} when a range of the filter ends before it begins, or one of its texts is too long
 */
export function openKobbleLedger(
  walletId: string | null,
  args: LedgerArguments<KobbleFilter>,
  context: GatewayContext,
): Connection<KobbleTransactionRecord> {
  const filter = canonicalFilter(args.filter ?? {})
  const { types = null, externalIds = null } = filter
  assertTexts('Filter "types"', types)
  assertTexts('Filter "externalIds"', externalIds)
  const period = [filter.from, filter.to].map((end) => String(instantOf(end)))
  const added = addedFields(filter, ['from', 'to'])
  const list = { walletId, conditions: conditionsIn(filter), types, externalIds }
  return openList(context, {
    listKey: JSON.stringify(['kobbleTransactions', walletId, ...period, ...added, args.order]),
    groups: [kobbleSession(context).transactionList(list)],
    order: args.order,
    args,
  })
}

/** Adds `KobbleLedgerFilter`. */
export function defineKobbleLedgerFilter(builder: GatewayBuilder, enums: ConditionEnums) {
  const lists = `At most ${MAX_TEXTS} of ${MAX_SEARCH_CHARACTERS} characters each.`
  return builder.inputType('KobbleLedgerFilter', {
    description: "Conditions on Kobble's transactions. All that are given must hold.",
    fields: (t) => ({
      from: t.field({ type: 'DateTime', description: 'First instant, inclusive.' }),
      to: t.field({ type: 'DateTime', description: 'Last instant, inclusive.' }),
      types: t.stringList({
        description: `Kobble's own types of the entries, as in \`providerType\`, e.g. CARD_SPEND. ${lists}`,
      }),
      externalIds: t.stringList({ description: `Whole ids in another system, as in \`externalId\`. ${lists}` }),
      ...conditionFields(t, enums),
    }),
  })
}

/** A reference to `KobbleLedgerFilter`. */
export type KobbleLedgerFilterRef = ReturnType<typeof defineKobbleLedgerFilter>
