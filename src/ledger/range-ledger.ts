import type { KeptAnswers, ListState } from '../operation.ts'
import type { Instant } from '../values/instant.ts'
import type { Ledger, Row, RowStream } from './ledger.ts'
import type { ListEnd, Position, ScanDirection } from './position.ts'
import { RangeStream } from './range-stream.ts'
import {
  type RangeReader,
  type RangeSide,
  type ReadOptions,
  type RowRange,
  type RowRanges,
  type Slice,
  stopOf,
} from './row-range.ts'
import type { ProviderSums } from './summary.ts'

type LoadKey = { readonly range: RowRange; readonly side: RangeSide } | 'total'
type RangeKey = Exclude<LoadKey, 'total'>

/** A read that waits for the others of its tick. */
interface Waiter<T> {
  readonly key: LoadKey
  readonly kept: KeptAnswers
  resolve(slice: Slice<T>): void
  reject(error: Error): void
}

/** Attempts to find the end of a list whose total is not exact. */
const COUNT_ATTEMPTS = 3

const isSame = (a: ListState, b: ListState) => a.total === b.total && a.fingerprint === b.fingerprint

/** True when an answer that the operation holds will do for a read. */
function isWanted<T>(slice: Slice<T>, kept: KeptAnswers): boolean {
  if (slice.kept === undefined || kept === 'any') return true
  return kept !== 'none' && isSame(slice, kept)
}

/** The kept answers that will do for all of several reads. */
function forAll(several: readonly KeptAnswers[]): KeptAnswers {
  const [state = 'any', ...others] = several.filter((kept) => kept !== 'any')
  if (state === 'any' || others.length === 0) return state
  const isCommon = (other: KeptAnswers) =>
    typeof other === 'object' && typeof state === 'object' && isSame(other, state)
  return others.every(isCommon) ? state : 'none'
}

/** True when the slice brings the range, or as much of it as the list has. */
function covers<T>(slice: Slice<T>, range: RowRange): boolean {
  const stop = slice.offset + slice.rows.length
  const reachesListEnd = slice.total !== null && slice.totalIsExact && stop >= slice.total
  return slice.end === range.end && slice.offset <= range.offset && (stop >= stopOf(range) || reachesListEnd)
}

/** The fewest ranges that one request each can bring and that hold every wanted range whole. */
export function joinRanges(wanted: readonly RowRange[], fits: (range: RowRange) => boolean): RowRange[] {
  const joined: RowRange[] = []
  const sorted = [...wanted].sort((a, b) => a.end.localeCompare(b.end) || a.offset - b.offset || b.limit - a.limit)
  for (const range of sorted) {
    const previous = joined.at(-1)
    if (previous && previous.end === range.end) {
      const union = { ...previous, limit: Math.max(stopOf(previous), stopOf(range)) - previous.offset }
      if (fits(union)) {
        joined[joined.length - 1] = union
        continue
      }
    }
    joined.push(range)
  }
  return joined
}

/**
 * A list over row ranges for the length of one operation. Ranges that are wanted in the same tick are joined where one
 * request can bring them together; a total that is wanted beside rows comes with them; and a range that an earlier answer
 * holds whole is not read again, unless it must be fresh.
 */
export class RangeLedger<T> implements Ledger<T>, RowRanges<T> {
  readonly ends: readonly ListEnd[]
  readonly mayOmitTotal: boolean
  readonly ranges: RowRanges<T> = this
  readonly #reader: RangeReader<T>
  readonly #onRows: ((rows: readonly Row<T>[]) => void) | undefined
  readonly #slices: Slice<T>[] = []
  /** The rows that are read for a total alone. */
  #rowsWithTotal: number
  #waiters: Waiter<T>[] = []
  #count: Promise<number | null> | null = null

  constructor(reader: RangeReader<T>, onRows?: (rows: readonly Row<T>[]) => void) {
    this.ends = reader.ends
    this.mayOmitTotal = reader.mayOmitTotal
    this.#reader = reader
    this.#rowsWithTotal = reader.rowsWithTotal ?? 1
    this.#onRows = onRows
  }

  maxRows(): number {
    return this.#reader.maxRows()
  }

  fit(range: RowRange, side: RangeSide): RowRange {
    return this.#reader.fit(range, side)
  }

  stream(start: Position, direction: ScanDirection, boundary: Instant | null): RowStream<T> {
    return new RangeStream(this, start, direction, boundary)
  }

  read(range: RowRange, { side, fresh = false, kept = fresh ? 'none' : 'any' }: ReadOptions): Promise<Slice<T>> {
    const fitted = this.fit(range, side)
    const latest = this.#slices.at(-1)
    // Only what still shows the list as the latest answer did.
    const isCurrent = (slice: Slice<T>) => slice === latest || (latest !== undefined && isSame(slice, latest))
    const isKnown = (slice: Slice<T>) => covers(slice, fitted) && isCurrent(slice) && isWanted(slice, kept)
    const known = fresh ? undefined : this.#slices.findLast(isKnown)
    return known ? Promise.resolve(known) : this.#load({ range: fitted, side }, kept)
  }

  count(): Promise<number | null> {
    this.#count ??= this.#countRows()
    return this.#count
  }

  async sums(): Promise<ProviderSums | null> {
    const latest = this.#slices.at(-1) ?? (await this.#load('total', 'any'))
    if (latest.kept !== 'rows') return latest.sums?.() ?? null
    // With all rows of the list, the sums are kept as well.
    const isShort = latest.total !== null && latest.total <= this.maxRows()
    if (isShort) this.#rowsWithTotal = Math.max(1, latest.total)
    const whole = await this.#load('total', latest)
    const slice = whole.kept === 'rows' ? await this.#load('total', 'none') : whole
    return slice.sums?.() ?? null
  }

  async #fetch(range: RowRange, side: RangeSide, kept: KeptAnswers): Promise<Slice<T>> {
    const slice = await this.#reader.fetch(range, side, kept)
    this.#slices.push(slice)
    this.#onRows?.(slice.rows)
    return slice
  }

  #totalKey(): RangeKey {
    const range = { end: 'newest', offset: 0, limit: Math.min(this.#rowsWithTotal, this.maxRows()) } as const
    return { range, side: 'start' }
  }

  /** Reads together with what else is wanted before the event loop goes on. */
  #load(key: LoadKey, kept: KeptAnswers): Promise<Slice<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Slice<T>>()
    this.#waiters.push({ key, kept, resolve, reject })
    // Behind the jobs of promises that are settled already: they may want more.
    if (this.#waiters.length === 1) queueMicrotask(() => process.nextTick(() => this.#dispatch()))
    return promise
  }

  #dispatch(): void {
    const waiters = this.#waiters
    this.#waiters = []
    const [first] = waiters
    if (waiters.length === 1 && first) {
      const { range, side } = first.key === 'total' ? this.#totalKey() : first.key
      this.#fetch(range, side, first.kept).then(first.resolve, first.reject)
      return
    }
    const settle = (answers: readonly (Slice<T> | Error)[]) => {
      for (const [index, answer] of answers.entries()) {
        if (answer instanceof Error) waiters[index]!.reject(answer)
        else waiters[index]!.resolve(answer)
      }
    }
    const kept = forAll(waiters.map((waiter) => waiter.kept))
    const keys = waiters.map(({ key }) => key)
    this.#loadAll(keys, kept).then(settle, (error: Error) => settle(waiters.map(() => error)))
  }

  /** Reads what is wanted in one tick; returns one result for each key, in the order of the keys. */
  async #loadAll(keys: readonly LoadKey[], kept: KeptAnswers): Promise<(Slice<T> | Error)[]> {
    const ranged = keys.filter((key) => key !== 'total')
    const joined = joinRanges(
      ranged.map(({ range }) => range),
      (range) => this.fit(range, 'start').limit === range.limit,
    )
    if (joined.length === 0) joined.push(this.#totalKey().range)
    const sides = joined.map(
      (whole) =>
        ranged.find(({ range }) => range.end === whole.end && stopOf(range) === stopOf(whole))?.side ?? 'start',
    )
    const answers = await Promise.all(
      joined.map((range, index) => this.#fetch(range, sides[index]!, kept).catch((error: unknown) => error as Error)),
    )
    const answerTo = ({ range, side }: RangeKey): Slice<T> | Error | Promise<Slice<T> | Error> => {
      const index = joined.findIndex(
        (whole) => whole.end === range.end && whole.offset <= range.offset && stopOf(whole) >= stopOf(range),
      )
      const answer = answers[index]!
      const isOwn = joined[index]!.limit === range.limit && sides[index] === side
      if (answer instanceof Error || isOwn || covers(answer, range)) return answer
      // The provider clamped the joined range, and this part of it did not come.
      return this.#fetch(range, side, kept).catch((error: unknown) => error as Error)
    }
    const total = answers.find((answer) => !(answer instanceof Error)) ?? answers[0]!
    return Promise.all(keys.map((key) => (key === 'total' ? total : answerTo(key))))
  }

  async #countRows(): Promise<number | null> {
    let slice = this.#slices.findLast(({ total }) => total !== null) ?? (await this.#load('total', 'any'))
    for (let attempt = 0; attempt < COUNT_ATTEMPTS; attempt++) {
      const { total, totalIsExact, end } = slice
      if (total === null || totalIsExact) return total
      if (total === 0) return 0
      // An upper bound is the exact total when the list has that many rows, and no more.
      const isReached = this.#slices.some(
        ({ total: same, offset, rows }) => same === total && rows.length > 0 && offset + rows.length === total,
      )
      if (isReached) return total
      slice = await this.#fetch({ end, offset: total - 1, limit: 2 }, 'start', slice)
      if (slice.rows.length === 0 && slice.total === total) return null
    }
    return null
  }
}

/**
 * A list by page numbers, by offset, or unpaged, for the length of one operation.
 *
 * @param onRows receives all rows that were read, for the loader of single ones
 */
export function createRangeLedger<T>(
  reader: RangeReader<T>,
  onRows?: (rows: readonly Row<T>[]) => void,
): RangeLedger<T> {
  return new RangeLedger(reader, onRows)
}
