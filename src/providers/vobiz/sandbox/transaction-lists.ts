import { exactNumber } from '../../../sandbox/server.ts'
import type { Timeline } from '../../../sandbox/timeline.ts'
import type { VobizSandboxAccount } from './account.ts'
import { TRANSACTION_TYPES, type VobizSandboxEntry } from './entry.ts'
import { DEFAULT_PER_PAGE, MAX_PER_PAGE, type Query } from './query.ts'
import { createSummary, type Summary } from './summary.ts'
import type { VobizSandboxTraits } from './traits.ts'

const DAY_NS = 86_400_000_000_000n

/** The entries of one ledger, before the parameters that both ledgers share are applied. */
interface LedgerSelection {
  /** Entries of `VobizSandboxEntry.ledger` that the ledger lacks. */
  readonly missing: VobizSandboxEntry['ledger']
  /** Null for all accounts. */
  readonly account: string | null
  /** Part of an entry's texts, in any case; null for all entries. */
  readonly search: string | null
}

/** The parameters that both ledgers document. */
interface LedgerParameters {
  readonly page: number
  readonly perPage: number
  readonly type: string | null
  /** The first instant, and the first one behind the period, in nanoseconds since 1970; null for an open end. */
  readonly start: bigint | null
  readonly end: bigint | null
}

/** Pages of the ledgers. */
export class TransactionLists {
  readonly #ledger: Timeline<VobizSandboxEntry, Summary>
  readonly #customers: readonly VobizSandboxAccount[]
  readonly #traits: VobizSandboxTraits

  constructor(
    ledger: Timeline<VobizSandboxEntry, Summary>,
    customers: readonly VobizSandboxAccount[],
    traits: VobizSandboxTraits,
  ) {
    this.#ledger = ledger
    this.#customers = customers
    this.#traits = traits
  }

  /** @throws {Refusal} when the query is invalid */
  page(query: Query, selection: LedgerSelection) {
    const parameters = this.#readParameters(query)
    const { page, perPage } = parameters
    const { summary, perPage: sizes } = this.#traits
    const view = this.#view(selection, parameters)
    return {
      transactions: view.newest((page - 1) * perPage, perPage).map(rowOf),
      ...(summary !== 'absent' && { summary: (summary === 'exact' ? view.tally : createSummary()).json() }),
      total: view.length,
      page,
      ...(sizes.echo !== false && { per_page: perPage }),
      total_pages: Math.ceil(view.length / perPage),
    }
  }

  #readParameters(query: Query): LedgerParameters {
    const page = query.positiveInteger('page') ?? 1
    const perPage = this.#pageSize(query)
    const from = query.day('from_date')
    const to = query.day('to_date')
    const type = query.oneOf('transaction_type', TRANSACTION_TYPES)
    query.check()
    const dayOffsetNs = BigInt(this.#traits.dayOffsetMinutes) * 60_000_000_000n
    return {
      page,
      perPage,
      type,
      start: from === null ? null : from - dayOffsetNs,
      end: to === null ? null : to - dayOffsetNs + DAY_NS,
    }
  }

  #pageSize(query: Query): number {
    const { max = MAX_PER_PAGE, clampTo, fixed } = this.#traits.perPage
    const requested = query.positiveInteger('per_page') ?? Math.min(DEFAULT_PER_PAGE, max)
    if (fixed !== undefined) return fixed
    if (clampTo !== undefined) return Math.min(requested, clampTo)
    if (requested > max) query.refuse('per_page', `must not be above ${max}`)
    return requested
  }

  #view({ missing, account, search }: LedgerSelection, { type, start, end }: LedgerParameters) {
    const text = search?.toLowerCase() ?? null
    return this.#ledger.view(
      JSON.stringify([missing, account, text, type, String(start), String(end)]),
      (entry, instant) =>
        entry.ledger !== missing &&
        (account === null || entry.account_id === account) &&
        (type === null || entry.transaction_type === type) &&
        (start === null || instant >= start) &&
        (end === null || instant < end) &&
        (text === null || this.#searchText(entry).includes(text)),
    )
  }

  #searchText(entry: VobizSandboxEntry): string {
    const account = this.#customers.find(({ auth_id }) => auth_id === entry.account_id)
    return [entry.description, entry.reference ?? '', entry.account_id, account?.name ?? ''].join('\n').toLowerCase()
  }
}

function rowOf(entry: VobizSandboxEntry): unknown {
  return {
    id: entry.id,
    account_id: entry.account_id,
    balance_id: entry.balance_id,
    type: entry.type,
    amount: exactNumber(entry.amount),
    currency: entry.currency,
    description: entry.description,
    ...(entry.reference !== null && { reference: entry.reference }),
    ...(entry.reference_type !== null && { reference_type: entry.reference_type }),
    status: entry.status,
    processed_at: entry.processed_at,
    created_at: entry.created_at,
    updated_at: entry.updated_at,
  }
}
