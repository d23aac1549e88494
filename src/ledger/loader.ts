import DataLoader from 'dataloader'
import type { Keep, Ledger, RangeReader, RowRange, Slice } from './ledger.ts'

type Wish = { range: RowRange; keep: Keep } | 'total'

const stopOf = (range: RowRange) => range.offset + range.limit

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
 * One list for the length of one GraphQL operation. Ranges that are wanted in the same tick are joined where one
 * request can bring them together; a total that is wanted beside rows comes with them; and a range that an earlier
 * answer holds whole is not asked for again, unless it must be fresh. Every slice stems from a single answer, so it is
 * one consistent look at the list.
 *
 * @param onSlice is told of every answer, to prime what loads single rows
 */
export function createLedger<T>(reader: RangeReader<T>, onSlice?: (slice: Slice<T>) => void): Ledger<T> {
  const slices: Slice<T>[] = []

  async function fetch(range: RowRange, keep: Keep): Promise<Slice<T>> {
    const slice = await reader.fetch(range, keep)
    slices.push(slice)
    onSlice?.(slice)
    return slice
  }

  async function load(wishes: readonly Wish[]): Promise<(Slice<T> | Error)[]> {
    const ranged = wishes.filter((wish) => wish !== 'total')
    const joined = joinRanges(
      ranged.map(({ range }) => range),
      (range) => reader.fit(range, 'start').limit === range.limit,
    )
    // A total alone costs the smallest page there is.
    if (joined.length === 0) joined.push({ end: 'newest', offset: 0, limit: 1 })
    const keeps = joined.map(
      (whole) =>
        ranged.find(({ range }) => range.end === whole.end && stopOf(range) === stopOf(whole))?.keep ?? 'start',
    )
    const answers = await Promise.all(
      joined.map((range, index) => fetch(range, keeps[index]!).catch((error: unknown) => error as Error)),
    )
    return Promise.all(
      wishes.map(async (wish) => {
        if (wish === 'total') return answers.find((answer) => !(answer instanceof Error)) ?? answers[0]!
        const { range, keep } = wish
        const index = joined.findIndex(
          (whole) => whole.end === range.end && whole.offset <= range.offset && stopOf(whole) >= stopOf(range),
        )
        const answer = answers[index]!
        const isOwn = joined[index]!.limit === range.limit && keeps[index] === keep
        if (answer instanceof Error || isOwn || covers(answer, range)) return answer
        // The provider clamped the joined range, and this part of it did not come.
        return fetch(range, keep).catch((error: unknown) => error as Error)
      }),
    )
  }

  const loader = new DataLoader<Wish, Slice<T>>(load, { cache: false })
  let counted: Promise<number | null> | null = null

  async function countRows(): Promise<number | null> {
    let slice = slices.findLast(({ total }) => total !== null) ?? (await loader.load('total'))
    for (let attempt = 0; attempt < 3; attempt++) {
      const { total, totalIsExact, end } = slice
      if (total === null || totalIsExact) return total
      if (total === 0) return 0
      // An upper bound is the exact total when the list has that many rows, and no more.
      const seen = slices.some(
        ({ total: same, offset, rows }) => same === total && rows.length > 0 && offset + rows.length === total,
      )
      if (seen) return total
      slice = await fetch({ end, offset: total - 1, limit: 2 }, 'start')
      if (slice.rows.length === 0 && slice.total === total) return null
    }
    return null
  }

  return {
    ends: reader.ends,
    mayOmitTotal: reader.mayOmitTotal,
    maxRows: () => reader.maxRows(),
    fit: (range, keep) => reader.fit(range, keep),
    read(range, { keep, fresh = false }) {
      const fitted = reader.fit(range, keep)
      // Only what still shows the list as the latest answer did.
      const latest = slices.at(-1)
      const isCurrent = (slice: Slice<T>) =>
        slice.total === latest?.total && slice.fingerprint === latest.fingerprint && covers(slice, fitted)
      const known = fresh ? undefined : slices.findLast(isCurrent)
      return known ? Promise.resolve(known) : loader.load({ range: fitted, keep })
    },
    count() {
      counted ??= countRows()
      return counted
    },
    async sums() {
      const slice = slices.at(-1) ?? (await loader.load('total'))
      return slice.sums ?? null
    },
  }
}
