import { UpstreamError, UpstreamTimeoutError } from '../../errors.ts'
import type { Period } from '../../graphql/period.ts'
import { LedgerRefusedError } from '../../ledger/ledger.ts'
import { createBudget, readEntries } from '../../ledger/scan.ts'
import { haveSameSums, mergeSummaries, type Summary, summarize, summaryOf } from '../../ledger/summary.ts'
import { negated } from '../../values/decimal.ts'
import type { VobizCustomerRecord } from './account.ts'
import type { VobizLedgers } from './ledger.ts'
import { asVobizAdds } from './sums.ts'
import type { VobizTransactionRecord } from './transaction.ts'

/** How many customers' ledgers are read side by side. */
const PARALLEL = 8
/** The most entries that are listed on one side of one discrepancy. */
export const MAX_LISTED = 100

/** A customer, or another account, whose own ledger differs from its entries in the global one. */
export interface Discrepancy {
  /** Null where the account is none of the partner's customers. */
  readonly customer: VobizCustomerRecord | null
  readonly accountId: string
  readonly global: Summary
  readonly own: Summary
  readonly missingFromGlobal: readonly VobizTransactionRecord[]
  readonly missingFromOwn: readonly VobizTransactionRecord[]
}

/** The global ledger against the customers' own, for one period. */
export interface Reconciliation {
  readonly period: Period
  /** What the global ledger holds for customers; null where Vobiz does not offer one. */
  readonly global: Summary | null
  readonly customers: Summary
  /** What the global ledger holds for the partner's own account; null where Vobiz does not offer one. */
  readonly partner: Summary | null
  readonly balanced: boolean | null
  readonly discrepancies: readonly Discrepancy[]
}

/** How far a reconciliation has come; `result` with the last one. */
export interface ReconciliationProgress {
  readonly customersDone: number
  readonly customersTotal: number
  readonly result: Reconciliation | null
}

export interface ReconciliationOptions {
  /** Lists of their own, so that both sides are read as they are now. */
  readonly openLedgers: (signal: AbortSignal) => VobizLedgers
  /** All customers of the partner. */
  readonly listCustomers: (ledgers: VobizLedgers) => Promise<readonly VobizCustomerRecord[]>
  /** False while Vobiz is known not to offer the global ledger. */
  readonly isGlobalOffered: boolean
  /** The account of the partner itself, whose legs of transfers belong to no customer. */
  readonly partnerId: string
  readonly currency: string
  /** Entries that may be read for sums that Vobiz does not tell, and to find the ones that are missing. */
  readonly scanLimit: number
  /** The deadline of the whole. */
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  /** Throws where so many requests are more than the operation may still send. */
  readonly reserve?: ((requests: number) => void) | undefined
}

/** Sums by Vobiz's rule, also where they are read from entries: both sides of a comparison follow the same one. */
const sumsOf = (entries: Iterable<VobizTransactionRecord>): Summary => ({
  ...summarize(asVobizAdds(entries)),
  basis: 'PROVIDER',
})
const NOTHING: Summary = sumsOf([])

/** One summary less another that is part of it. */
function difference(whole: Summary, part: Summary): Summary {
  const negative = [...part.byCurrency].map(([currency, { count, credit, debit, internal }]) => {
    const sums = { count: -count, credit: negated(credit), debit: negated(debit), internal: negated(internal) }
    return [currency, sums] as const
  })
  const left = mergeSummaries([whole, { ...part, count: -part.count, byCurrency: new Map(negative) }])
  return { ...left, byCurrency: new Map([...left.byCurrency].filter(([, { count }]) => count !== 0)) }
}

/** The entries that do not stand among others. */
function without(entries: readonly VobizTransactionRecord[], others: readonly VobizTransactionRecord[]) {
  const ids = new Set(others.map(({ providerId }) => providerId))
  return entries.filter(({ providerId }) => !ids.has(providerId))
}

/** Runs a task for each item, so many at a time. The first failure ends the rest. */
async function forEach<I>(items: readonly I[], task: (item: I) => Promise<void>): Promise<void> {
  const queue = [...items]
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      try {
        await task(item)
      } catch (error) {
        queue.length = 0
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
}

/**
 * Compares the global ledger with all customers' own, by Vobiz's own sums; only where those differ are entries read.
 *
 * Yields as customers are done. One customer's ledger that fails, fails the whole: a sum that lacks it would be wrong.
 */
export function reconcile(period: Period, options: ReconciliationOptions): AsyncGenerator<ReconciliationProgress> {
  const leaving = new AbortController()
  const progress = readOn(period, options, leaving)
  const end = progress.return.bind(progress)
  // A generator hears that nobody waits for it any more only when its next step is done; what it reads has to end at once.
  progress.return = (value) => {
    leaving.abort()
    return end(value)
  }
  return progress
}

async function* readOn(
  period: Period,
  {
    openLedgers,
    listCustomers,
    isGlobalOffered,
    partnerId,
    currency,
    scanLimit,
    timeoutMs,
    signal,
    reserve,
  }: ReconciliationOptions,
  leaving: AbortController,
): AsyncGenerator<ReconciliationProgress> {
  const deadline = AbortSignal.timeout(timeoutMs)
  const until = AbortSignal.any([deadline, leaving.signal, ...(signal ? [signal] : [])])
  const ledgers = openLedgers(until)
  const budget = createBudget(scanLimit)
  const read = new Map<string, Promise<readonly VobizTransactionRecord[]>>()
  const listOf = (accountId: string | null, type: 'transfer' | null = null) =>
    ledgers.transactions({ accountId, ...period, type }, true)

  function entriesOf(accountId: string | null, type: 'transfer' | null = null, list = listOf(accountId, type)) {
    const key = JSON.stringify([accountId, type])
    const entries = read.get(key) ?? readEntries(list, null, budget)
    read.set(key, entries)
    return entries
  }

  async function summaryFor(accountId: string | null): Promise<Summary> {
    // A customer's ledger is not kept: the ledgers of all customers would stay in memory until the last one is read.
    const list =
      accountId === null ? listOf(null) : openLedgers(until).transactions({ accountId, ...period, type: null }, true)
    const sums = await list.sums()
    return sums ? summaryOf(sums, currency) : sumsOf(await entriesOf(accountId, null, list))
  }

  /** Null where Vobiz does not offer the global ledger. */
  const ifOffered = <R>(read: Promise<R>): Promise<R | null> =>
    read.catch((error: unknown) => {
      if (error instanceof LedgerRefusedError) return null
      throw error
    })

  try {
    const [customers, whole] = await Promise.all([
      listCustomers(ledgers),
      isGlobalOffered ? ifOffered(summaryFor(null)) : null,
    ])
    reserve?.(customers.length)
    const known = new Map(customers.map((customer) => [customer.authId, customer]))
    const own = new Map<string, Summary>()
    const done: string[] = []
    let wake: (() => void) | null = null
    const reading = forEach(customers, async ({ authId }) => {
      own.set(authId, await namingAccount(authId, summaryFor(authId)))
      done.push(authId)
      wake?.()
    })
    let failure: { error: unknown } | null = null
    reading.catch((error: unknown) => {
      failure = { error }
      wake?.()
    })
    for (let told = -1; failure === null && told < customers.length; ) {
      if (told < done.length) {
        told = done.length
        yield { customersDone: told, customersTotal: customers.length, result: null }
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
    await reading
    const result = (await ifOffered(compare(known, own, whole))) ?? (await compare(known, own, null))
    yield { customersDone: customers.length, customersTotal: customers.length, result }
  } catch (error) {
    if (!deadline.aborted) throw error
    throw new UpstreamTimeoutError({ provider: 'VOBIZ', operation: 'reconcile', timeoutMs })
  } finally {
    leaving.abort()
  }

  /** @param own what each customer's ledger holds; an account whose entries are read gets their sums */
  async function compare(
    known: ReadonlyMap<string, VobizCustomerRecord>,
    own: Map<string, Summary>,
    whole: Summary | null,
  ): Promise<Reconciliation> {
    const ofCustomers = () => mergeSummaries([NOTHING, ...own.values()])
    function verdict(global: Summary | null, partner: Summary | null, discrepancies: readonly Discrepancy[] = []) {
      const customers = ofCustomers()
      const balanced = global && discrepancies.length === 0 && haveSameSums(global, customers)
      return { period, global, customers, partner, balanced, discrepancies }
    }
    if (whole === null) return verdict(null, null)
    if (haveSameSums(whole, ofCustomers())) return verdict(whole, NOTHING)
    const isPartners = ({ accountId, transfer, direction }: VobizTransactionRecord) =>
      accountId === partnerId || (!known.has(accountId) && transfer !== null && direction === 'DEBIT')
    // Most often it is only the partner's own legs of transfers that stand in the global ledger beside the customers'.
    const legs = sumsOf((await entriesOf(null, 'transfer')).filter(isPartners))
    const rest = difference(whole, legs)
    if (haveSameSums(rest, ofCustomers())) return verdict(rest, legs)

    const entries = await entriesOf(null)
    const others = entries.filter((entry) => !isPartners(entry))
    const byAccount = Map.groupBy(others, ({ accountId }) => accountId)
    const accounts = [...new Set([...known.keys(), ...byAccount.keys()])].sort()
    const discrepancies: Discrepancy[] = []
    await forEach(accounts, async (accountId) => {
      const inGlobal = byAccount.get(accountId) ?? []
      const global = sumsOf(inGlobal)
      if (haveSameSums(global, own.get(accountId) ?? NOTHING)) return
      const inOwn = known.has(accountId) ? await namingAccount(accountId, entriesOf(accountId)) : []
      const ofOwn = sumsOf(inOwn)
      own.set(accountId, ofOwn)
      const [missingFromGlobal, missingFromOwn] = [without(inOwn, inGlobal), without(inGlobal, inOwn)]
      // Vobiz adds some entries otherwise than their rows say, and an entry may have arrived since it did.
      if (haveSameSums(global, ofOwn) && missingFromGlobal.length === 0 && missingFromOwn.length === 0) return
      discrepancies.push({
        customer: known.get(accountId) ?? null,
        accountId,
        global,
        own: ofOwn,
        missingFromGlobal: missingFromGlobal.slice(0, MAX_LISTED),
        missingFromOwn: missingFromOwn.slice(0, MAX_LISTED),
      })
    })
    discrepancies.sort((a, b) => (a.accountId < b.accountId ? -1 : 1))
    return verdict(sumsOf(others), sumsOf(entries.filter(isPartners)), discrepancies)
  }
}

/** Lets a failure name the account whose ledger it was. */
function namingAccount<R>(accountId: string, read: Promise<R>): Promise<R> {
  return read.catch((error: unknown) => {
    if (error instanceof UpstreamError) error.account = accountId
    throw error
  })
}
