import { LimitExceededError } from '../errors.ts'
import { takeTurn } from '../event-loop.ts'
import type { Meter } from '../operation.ts'
import { instantText } from '../values/instant.ts'
import type { Accepts, Ledger, Row } from './ledger.ts'
import { type ListEnd, startOf } from './position.ts'
import { exactTotal, type RowRange, type RowRanges, type Slice } from './row-range.ts'

/** Pages of one list that are read at the same time. */
const PARALLEL = 6
const SECOND_NS = 1_000_000_000n
/** Rows that are selected in one go. */
const CHUNK = 1000
/** Rows that can be selected or added up in the time that completing one row of a page takes. */
export const ROWS_PER_PAGE_ROW = 10

/** Rows that one field may read, over all of its lists. */
export interface ScanBudget {
  readonly limit: number
  /** Rows that were read, or are about to be. */
  spent: number
  /** Why no more may be read; null as long as it may. It ends every list that is still being read for the field. */
  refusal: Promise<LimitExceededError> | null
  /** Counts the requests of the operation; null where nothing limits them. */
  readonly meter: Meter | null
}

export const createBudget = (limit: number, meter: Meter | null = null): ScanBudget => ({
  limit,
  spent: 0,
  refusal: null,
  meter,
})

/** The instant from which on a list is short enough, in words for the message; empty where it is not known. */
async function shorterPeriod<T>({ ranges }: Ledger<T>, left: number): Promise<string> {
  if (!ranges || left === 0) return ''
  const { rows, offset } = await ranges.read({ end: 'newest', offset: left, limit: 1 }, { side: 'start' })
  // The newest entry that is too many. Providers' periods may be a second wider than the requested ones.
  const instant = rows[left - offset]?.instant ?? null
  return instant === null ? '' : `: from ${instantText((instant / SECOND_NS + 2n) * SECOND_NS)} on, it would fit`
}

/** The refusal to read a list that is too long, with the part of it that would fit. */
async function tooLong<T>(
  ledger: Ledger<T>,
  total: number | null,
  before: number,
  limit: number,
): Promise<LimitExceededError> {
  const left = Math.max(0, limit - before)
  const many = total === null ? `more than ${left}` : String(total)
  const beside = before === 0 ? '' : ` beside ${before} others`
  return new LimitExceededError(
    `This would read ${many} entries${beside}, and at most ${limit} may be read for one field. Ask for a shorter period${await shorterPeriod(ledger, left)}.`,
  )
}

/**
 * Returns the number of rows to request so that wherever they are one answer brings them together with the row in front,
 * which verifies their position, and the one behind, which may be all that shows whether there is more.
 */
function verifiableRows<T>(ledger: Ledger<T>, end: ListEnd): number {
  const size = ledger.maxRows()
  const isFree =
    ledger.ranges === undefined || ledger.ranges.fit({ end, offset: 1, limit: size }, 'start').limit === size
  // A page of some size holds any range that is half as long as the longest.
  return Math.max(1, (isFree ? size : Math.floor(size / 2)) - 2)
}

/** All rows of a list page by page, each read from the last row of the one before. */
export async function* pagesOf<T>(ledger: Ledger<T>, end: ListEnd): AsyncGenerator<readonly Row<T>[]> {
  const stream = ledger.stream({ at: 'end', end }, end === startOf('older') ? 'older' : 'newer', null)
  let count = ledger.maxRows()
  do {
    await stream.fill(count)
    yield stream.buffer.splice(0).map(({ row }) => row)
    count = verifiableRows(ledger, end)
  } while (!stream.isEnded)
}

/**
 * All rows of a list, read in turn.
 *
 * @param reserved rows of the list that the budget has been charged for already
 */
async function readInTurn<T>(
  ledger: Ledger<T>,
  end: ListEnd,
  budget: ScanBudget,
  reserved: number,
): Promise<readonly Row<T>[]> {
  const rows: Row<T>[] = []
  let charged = reserved
  for await (const page of pagesOf(ledger, end)) {
    rows.push(...page)
    const more = Math.max(0, rows.length - charged)
    charged += more
    budget.spent += more
    if (budget.spent > budget.limit) {
      budget.refusal ??= tooLong(ledger, null, budget.spent - charged, budget.limit)
      throw await budget.refusal
    }
  }
  return rows
}

/** The ranges that bring the rest of a list, one request each; each repeats `overlap` rows of the one before. */
function rangesAfter<T>(ranges: RowRanges<T>, first: Slice<T>, total: number, overlap: number): RowRange[] {
  const rest: RowRange[] = []
  for (let read = first.offset + first.rows.length; read < total; ) {
    const range = ranges.fit({ end: first.end, offset: read - overlap, limit: ranges.maxRows() }, 'start')
    if (range.limit <= overlap) return []
    rest.push(range)
    read = range.offset + range.limit
  }
  return rest
}

/**
 * The rows of slices that follow each other; null where they do not show one unchanged list without a gap.
 *
 * @param overlap rows of each slice that have to be the last ones of the slice before
 */
function joinSlices<T>(slices: readonly Slice<T>[], overlap: number): Row<T>[] | null {
  const [first] = slices
  const rows: Row<T>[] = []
  for (const slice of slices) {
    const isSame = slice.total === first?.total && slice.fingerprint === first?.fingerprint
    const skip = rows.length - slice.offset
    const isSeamless = skip >= 0 && (overlap === 0 || rows.length === 0 || slice.rows[skip - 1]?.id === rows.at(-1)?.id)
    if (!isSame || !isSeamless) return null
    rows.push(...slice.rows.slice(skip))
  }
  return rows
}

/** Lists whose pages are being read. Fields that read the same list at the same time share its requests. */
const beingRead = new WeakSet<object>()

/**
 * Runs the read of pages that are known to follow.
 *
 * @throws {LimitExceededError} before it, when the operation may not send as many requests
 */
async function withReservation<R>(
  list: object,
  requests: number,
  meter: Meter | null,
  read: () => Promise<R>,
): Promise<R> {
  if (meter === null || beingRead.has(list)) return read()
  meter.reserve(requests)
  beingRead.add(list)
  try {
    return await read()
  } finally {
    beingRead.delete(list)
  }
}

/**
 * All rows of a list with offsets. Its pages are read several at a time, each with the last row of the one before it where
 * nothing else proves that the list was unchanged meanwhile; where it was not, they are read again, in turn.
 *
 * @throws {LimitExceededError} when the list has more rows than the budget allows, or takes more requests than the operation
 *   may send; before it is read, where its total is known
 */
async function readRanges<T>(ledger: Ledger<T>, ranges: RowRanges<T>, budget: ScanBudget): Promise<readonly Row<T>[]> {
  const { limit } = budget
  // Counted from its oldest entry, a list does not move while it grows.
  const end: ListEnd = ranges.ends.includes('oldest') ? 'oldest' : 'newest'
  const first = await ranges.read({ end, offset: 0, limit: Math.min(ranges.maxRows(), limit) }, { side: 'start' })
  const total = exactTotal(first) ?? (await ledger.count())
  if (total === null) return readInTurn(ledger, end, budget, 0)
  budget.spent += total
  if (budget.spent > limit) {
    budget.refusal ??= tooLong(ledger, total, budget.spent - total, limit)
    throw await budget.refusal
  }
  const overlap = first.fingerprint === null ? 1 : 0
  const rest = rangesAfter(ranges, first, total, overlap)
  const slices: Slice<T>[] = [first]
  await withReservation(ranges, rest.length, budget.meter, async () => {
    for (let at = 0; at < rest.length; at += PARALLEL) {
      if (budget.refusal) throw await budget.refusal
      const batch = rest.slice(at, at + PARALLEL)
      slices.push(
        ...(await Promise.all(batch.map((range) => ranges.read(range, { side: 'start', fresh: true, kept: first })))),
      )
    }
  })
  const rows = joinSlices(slices, overlap)
  return rows?.length === total ? rows : readInTurn(ledger, end, budget, total)
}

/**
 * All entries of a list that are accepted. An entry that cannot be understood fails the whole: a sum or a comparison without
 * it would be wrong, and nothing would show it.
 *
 * @throws {LimitExceededError} when the list has more rows than the budget allows
 */
export async function readEntries<T>(
  ledger: Ledger<T>,
  accepts: Accepts<T> | null,
  budget: ScanBudget,
): Promise<readonly T[]> {
  const { ranges } = ledger
  const rows = await (ranges ? readRanges(ledger, ranges, budget) : readInTurn(ledger, 'newest', budget, 0))
  const entries: T[] = []
  for (let at = 0; at < rows.length; at += CHUNK) {
    await takeTurn(CHUNK / ROWS_PER_PAGE_ROW)
    for (const { value } of rows.slice(at, at + CHUNK)) {
      if (value instanceof Error) throw value
      if (accepts === null || accepts(value)) entries.push(value)
    }
  }
  // Whoever adds the entries up does so at once.
  await takeTurn(entries.length / ROWS_PER_PAGE_ROW)
  return entries
}
