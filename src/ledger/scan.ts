import { LimitExceededError } from '../errors.ts'
import { instantText } from './instant.ts'
import type { End, Ledger, Row, RowRange, Slice } from './ledger.ts'
import { exactTotal } from './resume.ts'
import { type Accepts, createStream } from './stream.ts'

/** How many pages of one list are read side by side. */
const PARALLEL = 6
const SECOND_NS = 1_000_000_000n

/** What one field may read, over all the lists that it takes. */
export interface ScanBudget {
  readonly limit: number
  /** Rows that were read, or are about to be. */
  spent: number
  /** Why no more may be read; null as long as it may. It ends every list that is still being read for the field. */
  refusal: Promise<LimitExceededError> | null
}

export const createBudget = (limit: number): ScanBudget => ({ limit, spent: 0, refusal: null })

/** The refusal to read a list that is too long, with what part of it would do. */
async function tooLong<T>(
  ledger: Ledger<T>,
  total: number | null,
  before: number,
  limit: number,
): Promise<LimitExceededError> {
  const left = Math.max(0, limit - before)
  const many = total === null ? `more than ${left}` : String(total)
  const beside = before === 0 ? '' : ` beside ${before} others`
  const { rows, offset } = await ledger.read({ end: 'newest', offset: left, limit: 1 }, { keep: 'start' })
  // The newest entry that is too many. Providers' periods may be a second wider than they are asked for.
  const instant = rows[left - offset]?.instant ?? null
  const start = instant === null ? null : (instant / SECOND_NS + 2n) * SECOND_NS
  const fits = start === null || left === 0 ? '' : `: from ${instantText(start)} on, it would fit`
  return new LimitExceededError(
    `This would read ${many} entries${beside}, and at most ${limit} may be read for one field. Ask for a shorter period${fits}.`,
  )
}

/**
 * How many rows to ask for, so that wherever they stand one request brings them together with the row in front of them,
 * which proves their place, and the one behind, which may be all that tells whether there is more.
 */
function rowsToProve<T>(ledger: Ledger<T>, end: End): number {
  const size = ledger.maxRows()
  const isFree = ledger.fit({ end, offset: 1, limit: size }, 'start').limit === size
  // A page of some size holds any range that is half as long as the longest.
  return Math.max(1, (isFree ? size : Math.floor(size / 2)) - 2)
}

/** All rows of a list page by page, each read from the last row of the one before. */
export async function* pagesOf<T>(ledger: Ledger<T>, end: End): AsyncGenerator<readonly Row<T>[]> {
  const stream = createStream(ledger, { at: 'end', end }, end === 'newest' ? 'older' : 'newer', null)
  let count = ledger.maxRows()
  do {
    await stream.fill(count)
    yield stream.buffer.splice(0).map(({ row }) => row)
    count = rowsToProve(ledger, end)
  } while (!stream.isEnded)
}

/**
 * All rows of a list, read in turn.
 *
 * @param reserved rows of the list that the budget has been charged for already
 */
async function readInTurn<T>(
  ledger: Ledger<T>,
  end: End,
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

/** The ranges that bring the rest of a list, one request each; `overlap` rows of each stand in the one before as well. */
function rangesAfter<T>(ledger: Ledger<T>, first: Slice<T>, total: number, overlap: number): RowRange[] {
  const ranges: RowRange[] = []
  for (let read = first.offset + first.rows.length; read < total; ) {
    const wanted = { end: first.end, offset: read - overlap, limit: ledger.maxRows() }
    const range = ledger.fit(wanted, 'start')
    if (range.limit <= overlap) return []
    ranges.push(range)
    read = range.offset + range.limit
  }
  return ranges
}

/**
 * All rows of a list. Its pages are read side by side, each with the last row of the one before it where nothing else
 * proves that the list stood still meanwhile; where it did not, they are read again, in turn.
 *
 * @throws {LimitExceededError} when the list has more rows than the budget allows; where its total tells, before it is read
 */
async function readAll<T>(ledger: Ledger<T>, budget: ScanBudget): Promise<readonly Row<T>[]> {
  const { limit } = budget
  // Counted from its oldest entry, a list does not move while it grows.
  const end: End = ledger.ends.includes('oldest') ? 'oldest' : 'newest'
  const first = await ledger.read({ end, offset: 0, limit: Math.min(ledger.maxRows(), limit) }, { keep: 'start' })
  const total = exactTotal(first) ?? (await ledger.count())
  if (total === null) return readInTurn(ledger, end, budget, 0)
  budget.spent += total
  if (budget.spent > limit) {
    budget.refusal ??= tooLong(ledger, total, budget.spent - total, limit)
    throw await budget.refusal
  }
  const overlap = first.fingerprint === null ? 1 : 0
  const ranges = rangesAfter(ledger, first, total, overlap)
  const slices: Slice<T>[] = [first]
  for (let at = 0; at < ranges.length; at += PARALLEL) {
    if (budget.refusal) throw await budget.refusal
    const batch = ranges.slice(at, at + PARALLEL)
    slices.push(...(await Promise.all(batch.map((range) => ledger.read(range, { keep: 'start', fresh: true })))))
  }
  const rows: Row<T>[] = []
  for (const slice of slices) {
    const isSame = slice.total === first.total && slice.fingerprint === first.fingerprint
    const skip = rows.length - slice.offset
    const isSeamless = skip >= 0 && (overlap === 0 || rows.length === 0 || slice.rows[skip - 1]?.id === rows.at(-1)?.id)
    if (!isSame || !isSeamless) return readInTurn(ledger, end, budget, total)
    rows.push(...slice.rows.slice(skip))
  }
  return rows.length === total ? rows : readInTurn(ledger, end, budget, total)
}

/**
 * All entries of a list that are accepted. An entry that cannot be understood fails the whole: a sum or a comparison without
 * it would be wrong without a word.
 *
 * @throws {LimitExceededError} when the list has more rows than the budget allows
 */
export async function readEntries<T>(
  ledger: Ledger<T>,
  accepts: Accepts<T> | null,
  budget: ScanBudget,
): Promise<readonly T[]> {
  const rows = await readAll(ledger, budget)
  return rows.flatMap(({ value }) => {
    if (value instanceof Error) throw value
    return accepts === null || accepts(value) ? [value] : []
  })
}
