import { UpstreamError, UpstreamTimeoutError } from '../../errors.ts'
import type { Period } from '../../graphql/period.ts'
import { LedgerRefusedError } from '../../ledger/ledger.ts'
import { createBudget, readEntries } from '../../ledger/scan.ts'
import { haveSameSums, type Summary, summaryOf } from '../../ledger/summary.ts'
import type { ReadSignal } from '../../operation.ts'
import type { VobizCustomerRecord } from './account.ts'
import {
  addCustomers,
  compareAccount,
  concludeReconciliation,
  type Discrepancy,
  difference,
  isPartnerEntry,
  NO_SUMS,
  type Reconciliation,
} from './comparison.ts'
import { forEachConcurrently, TaskProgress } from './concurrency.ts'
import type { VobizLedgers } from './ledger.ts'
import { addByVobizRule } from './sums.ts'
import type { VobizTransactionRecord } from './transaction.ts'

/** Number of customers' ledgers that are read at the same time. */
const PARALLEL = 8

/** The progress of a reconciliation; the last one has the `result`. */
export interface ReconciliationProgress {
  readonly customersDone: number
  readonly customersTotal: number
  readonly result: Reconciliation | null
}

export interface ReconciliationOptions {
  /** Opens new lists, so that both sides are read as they are now. */
  readonly openLedgers: (signal: ReadSignal) => VobizLedgers
  /** Reads all customers of the partner. */
  readonly listCustomers: (ledgers: VobizLedgers) => Promise<readonly VobizCustomerRecord[]>
  /** False while Vobiz is known not to offer the global ledger. */
  readonly isGlobalOffered: boolean
  /** The account of the partner itself, whose sides of transfers belong to no customer. */
  readonly partnerId: string
  readonly currency: string
  /** Entries that may be read for sums that Vobiz does not send, and to find the ones that are missing. */
  readonly scanLimit: number
  /** The deadline of the whole. */
  readonly timeoutMs: number
  readonly signal: ReadSignal | undefined
  /** Throws when the operation may not send so many more requests. */
  readonly reserve?: ((requests: number) => void) | undefined
}

/**
 * Compares the global ledger with all customers' own, by Vobiz's own sums; only where those differ are entries read.
 *
 * Yields as customers are done. One customer's ledger that fails, fails the whole: a sum that lacks it would be wrong.
 */
export function reconcile(period: Period, options: ReconciliationOptions): AsyncGenerator<ReconciliationProgress> {
  const leaving = new AbortController()
  const progress = runReconciliation(period, options, leaving)
  const end = progress.return.bind(progress)
  // A generator handles `return` only when its next step is done; its reads have to end at once.
  progress.return = (value) => {
    leaving.abort()
    return end(value)
  }
  return progress
}

async function* runReconciliation(
  period: Period,
  options: ReconciliationOptions,
  leaving: AbortController,
): AsyncGenerator<ReconciliationProgress> {
  const { signal, timeoutMs } = options
  const deadline = AbortSignal.timeout(timeoutMs)
  const leaveOnAbort = () => leaving.abort(signal?.reason)
  if (signal?.aborted) leaveOnAbort()
  signal?.addEventListener('abort', leaveOnAbort)
  const reader = new LedgerReader(period, options, AbortSignal.any([deadline, leaving.signal]))
  try {
    const [customers, whole] = await Promise.all([
      options.listCustomers(reader.ledgers),
      options.isGlobalOffered ? nullIfRefused(reader.summary(null)) : null,
    ])
    options.reserve?.(customers.length)
    const own = new Map<string, Summary>()
    for await (const customersDone of readOwnSums(customers, reader, own)) {
      yield { customersDone, customersTotal: customers.length, result: null }
    }
    const comparison = { period, partnerId: options.partnerId, reader, own, known: byAuthId(customers) }
    const result =
      (whole && (await nullIfRefused(compare(whole, comparison)))) ??
      concludeReconciliation({ period, global: null, partner: null, own })
    yield { customersDone: customers.length, customersTotal: customers.length, result }
  } catch (error) {
    if (!deadline.aborted) throw error
    throw new UpstreamTimeoutError({ provider: 'VOBIZ', operation: 'reconcile', timeoutMs })
  } finally {
    signal?.removeEventListener('abort', leaveOnAbort)
    leaving.abort()
  }
}

const byAuthId = (customers: readonly VobizCustomerRecord[]) =>
  new Map(customers.map((customer) => [customer.authId, customer]))

/** Returns null when Vobiz does not offer the global ledger. */
const nullIfRefused = <R>(read: Promise<R>): Promise<R | null> =>
  read.catch((error: unknown) => {
    if (error instanceof LedgerRefusedError) return null
    throw error
  })

/** Adds the account whose ledger was read to a failure. */
function withAccount<R>(accountId: string, read: Promise<R>): Promise<R> {
  return read.catch((error: unknown) => {
    if (error instanceof UpstreamError) error.account = accountId
    throw error
  })
}

/** Adds the sums of each customer's own ledger to `own`, and yields how many are done. */
async function* readOwnSums(
  customers: readonly VobizCustomerRecord[],
  reader: LedgerReader,
  own: Map<string, Summary>,
): AsyncGenerator<number> {
  const progress = new TaskProgress()
  const reading = forEachConcurrently(customers, PARALLEL, async ({ authId }) => {
    own.set(authId, await withAccount(authId, reader.summary(authId)))
    progress.advance()
  })
  reading.catch(() => progress.fail())
  yield* progress.counts(customers.length)
  await reading
}

/** Reads the ledgers of one period: each one's entries once, within one scan budget. */
class LedgerReader {
  readonly ledgers: VobizLedgers
  readonly #period: Period
  readonly #options: ReconciliationOptions
  readonly #signal: AbortSignal
  readonly #budget: ReturnType<typeof createBudget>
  readonly #entries = new Map<string, Promise<readonly VobizTransactionRecord[]>>()

  constructor(period: Period, options: ReconciliationOptions, signal: AbortSignal) {
    this.ledgers = options.openLedgers(signal)
    this.#period = period
    this.#options = options
    this.#signal = signal
    this.#budget = createBudget(options.scanLimit)
  }

  /** Reads the entries of an account, or of the global ledger for null. */
  entries(accountId: string | null, type: 'transfer' | null = null): Promise<readonly VobizTransactionRecord[]> {
    return this.#entriesOf(this.#list(this.ledgers, accountId, type), accountId, type)
  }

  /** Returns the sums of an account, or of the global ledger for null: Vobiz's own, else from the entries. */
  async summary(accountId: string | null): Promise<Summary> {
    // A customer's ledger is opened apart: the ledgers of all customers would stay in memory until the last one is read.
    const ledgers = accountId === null ? this.ledgers : this.#options.openLedgers(this.#signal)
    const list = this.#list(ledgers, accountId, null)
    const sums = await list.sums()
    if (sums !== null) return summaryOf(sums, this.#options.currency)
    return addByVobizRule(await this.#entriesOf(list, accountId, null))
  }

  #list(ledgers: VobizLedgers, accountId: string | null, type: 'transfer' | null) {
    return ledgers.transactions({ accountId, ...this.#period, type }, true)
  }

  #entriesOf(list: ReturnType<VobizLedgers['transactions']>, accountId: string | null, type: 'transfer' | null) {
    const key = JSON.stringify([accountId, type])
    const entries = this.#entries.get(key) ?? readEntries(list, null, this.#budget)
    this.#entries.set(key, entries)
    return entries
  }
}

/** The inputs of a comparison. */
interface Comparison {
  readonly period: Period
  readonly partnerId: string
  readonly reader: LedgerReader
  /** The partner's customers, by auth id. */
  readonly known: ReadonlyMap<string, VobizCustomerRecord>
  /** The sums of each customer's own ledger; replaced by the sums of its entries when those are read. */
  readonly own: Map<string, Summary>
}

/**
 * Compares the global ledger with the customers' own in three steps, each of which reads more than the one before: the
 * sums; the sums without the partner's sides of transfers; all entries.
 *
 * @param whole the sums of the whole global ledger
 */
async function compare(whole: Summary, comparison: Comparison): Promise<Reconciliation> {
  const { period, own, partnerId, known, reader } = comparison
  if (haveSameSums(whole, addCustomers(own))) {
    return concludeReconciliation({ period, global: whole, partner: NO_SUMS, own })
  }
  const isPartners = (entry: VobizTransactionRecord) => isPartnerEntry(entry, partnerId, known)
  // Most often only the partner's own sides of transfers are in the global ledger beside the customers' entries.
  const partner = addByVobizRule((await reader.entries(null, 'transfer')).filter(isPartners))
  const global = difference(whole, partner)
  if (haveSameSums(global, addCustomers(own))) return concludeReconciliation({ period, global, partner, own })

  const entries = await reader.entries(null)
  const others = entries.filter((entry) => !isPartners(entry))
  const discrepancies = await findDiscrepancies(others, comparison)
  return concludeReconciliation({
    period,
    global: addByVobizRule(others),
    partner: addByVobizRule(entries.filter(isPartners)),
    own,
    discrepancies,
  })
}

/**
 * Compares the entries of each account whose sums differ, and returns the discrepancies in the order of the accounts.
 */
async function findDiscrepancies(
  globalEntries: readonly VobizTransactionRecord[],
  { known, own, reader }: Comparison,
): Promise<readonly Discrepancy[]> {
  const byAccount = Map.groupBy(globalEntries, ({ accountId }) => accountId)
  const accounts = [...new Set([...known.keys(), ...byAccount.keys()])].sort()
  const discrepancies: Discrepancy[] = []
  await forEachConcurrently(accounts, PARALLEL, async (accountId) => {
    const inGlobal = byAccount.get(accountId) ?? []
    if (haveSameSums(addByVobizRule(inGlobal), own.get(accountId) ?? NO_SUMS)) return
    const inOwn = known.has(accountId) ? await withAccount(accountId, reader.entries(accountId)) : []
    own.set(accountId, addByVobizRule(inOwn))
    // The sums can differ while the entries agree: Vobiz adds some entries by other values than their rows show, and an
    // entry may have arrived in between.
    const found = compareAccount({ accountId, customer: known.get(accountId) ?? null, inGlobal, inOwn })
    if (found !== null) discrepancies.push(found)
  })
  return discrepancies.sort((a, b) => (a.accountId < b.accountId ? -1 : 1))
}
