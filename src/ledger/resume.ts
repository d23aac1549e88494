import { hash } from 'node:crypto'
import { LimitExceededError } from '../errors.ts'
import type { Instant } from './instant.ts'
import type { End, Keep, Ledger, RowRange, Slice } from './ledger.ts'

/** The way a list is walked: towards its older or its newer entries. */
export type Heading = 'older' | 'newer'

/** A row by which a place in a list is found again: who stood there, when, and how far from which end. */
export interface Anchor {
  readonly end: End
  readonly offset: number
  /** Rows of the list when the anchor was seen there, as the provider told; null where it did not. */
  readonly total: number | null
  readonly totalIsExact: boolean
  /** Stands for the row's id. */
  readonly digest: string
  readonly instant: Instant | null
  readonly fingerprint: string | null
}

/**
 * A place between two rows of a list. `end`: before the first row, counted from that end. `anchor`: on one side of a
 * row. `instant`: by time alone, where no row is known; entries of that very instant lie ahead, whichever way one goes.
 */
export type Gap =
  | { readonly at: 'end'; readonly end: End }
  | { readonly at: 'anchor'; readonly anchor: Anchor; readonly side: Heading }
  | { readonly at: 'instant'; readonly instant: Instant }

/** A gap in a list as one answer shows it: between `rows[index - 1]` and `rows[index]`. */
export interface Place<T> {
  readonly slice: Slice<T>
  readonly index: number
  /** True when the list is known not to have changed since the anchor was seen. */
  readonly isUnchanged?: boolean
}

/** Says of an entry's instant that it lies ahead of a boundary in time; a question that divides a sorted list in two. */
export type IsAhead = (instant: Instant) => boolean

/** By what two answers are told to show the same list: not for certain by the total alone. */
interface ListState {
  readonly total: number | null
  readonly fingerprint: string | null
}

const isSame = (a: ListState, b: ListState) => a.total === b.total && a.fingerprint === b.fingerprint

/** What lies beyond the end of a list. */
const EMPTY: Slice<never> = {
  end: 'newest',
  offset: 0,
  rows: [],
  limit: 0,
  total: null,
  totalIsExact: false,
  fingerprint: null,
}

/** The most answers that finding one place may take, so that a list that moves faster than it is read ends in an error. */
const MAX_READS = 64

/** Stands for a row's id in cursors. */
export function digestOf(id: string): string {
  return hash('sha256', id, 'hex').slice(0, 12)
}

/** The instants of a slice's rows; a row that tells none takes its neighbour's, and all are null where no row tells one. */
export function instantsOf<T>({ rows }: Slice<T>): readonly (Instant | null)[] {
  const instants = rows.map(({ instant }) => instant)
  let known = instants.find((instant) => instant !== null) ?? null
  return instants.map((instant) => {
    known = instant ?? known
    return known
  })
}

/** The total of the list that a slice shows, where it is exact. */
export function exactTotal<T>({ total, totalIsExact }: Slice<T>): number | null {
  return totalIsExact ? total : null
}

/** The end that offsets count from on a walk that starts at a gap. */
export function endFor(ends: readonly End[], gap: Gap, heading: Heading): End {
  const natural = { end: 'end' in gap ? gap.end : null, anchor: 'anchor' in gap ? gap.anchor.end : null }
  const end = natural.end ?? natural.anchor ?? (heading === 'older' ? 'newest' : 'oldest')
  return ends.includes(end) ? end : ends[0]!
}

/** True when offsets grow as a walk goes on. */
function goesAway(end: End, heading: Heading): boolean {
  return (end === 'newest') === (heading === 'older')
}

type AnchoredGap = Extract<Gap, { at: 'anchor' }>

/** Rows between a gap and the end that its anchor counts from. */
const rowsBefore = ({ anchor, side }: AnchoredGap) => anchor.offset + Number(goesAway(anchor.end, side))

/** Rows between a gap and the oldest end; null where that is not told. */
function rowsOlder(gap: AnchoredGap): number | null {
  const { end, total, totalIsExact } = gap.anchor
  if (end === 'oldest') return rowsBefore(gap)
  return total !== null && totalIsExact ? total - rowsBefore(gap) : null
}

/** How many rows a gap lies further towards the oldest end than another, by where they were seen; null where that is not told. */
function rowsBetween(start: AnchoredGap, stop: AnchoredGap): number | null {
  const [from, to] = [rowsOlder(start), rowsOlder(stop)]
  if (from !== null && to !== null) return from - to
  return start.anchor.end === stop.anchor.end ? rowsBefore(stop) - rowsBefore(start) : null
}

/**
 * True when a walk that starts at one gap of a list is at another one already, or past it, by all that their anchors
 * tell. Among entries of one instant, and in a list that is in no order, only their places do.
 */
export function isPastGap(start: Gap, stop: Gap, heading: Heading): boolean {
  if (start.at !== 'anchor' || stop.at !== 'anchor') return false
  const [from, to] = [start.anchor, stop.anchor]
  if (from.digest === to.digest && from.instant === to.instant) return start.side === heading || stop.side !== heading
  const isTold = from.instant !== null && to.instant !== null && from.instant !== to.instant
  const distances = [rowsBetween(start, stop), isTold ? (to.instant < from.instant ? 1 : -1) : null]
  const known = distances.filter((distance) => distance !== null)
  return known.length > 0 && known.every((distance) => (heading === 'older' ? distance <= 0 : distance >= 0))
}

/**
 * Finds gaps again in a list that may have changed since. Costs one answer when nothing moved and a second one after a
 * drift; a search by time when the anchor is not where the totals say.
 *
 * The place that comes out is never past the gap. Where the anchor is gone it is in front of the first entry of the
 * anchor's instant, so that entries of one instant may come again and none is skipped.
 *
 * @param isAhead for a list that is merged with others: entries that were put in between the anchor and the boundary that
 *   the cursor stands on belong to the part ahead when this says so
 */
export function createFinder<T>(ledger: Ledger<T>, end: End, heading: Heading, isAhead: IsAhead | null) {
  const away = goesAway(end, heading)
  const keep: Keep = away ? 'start' : 'end'
  let reads = 0

  function read(range: RowRange, side: Keep = keep): Promise<Slice<T>> {
    reads += 1
    if (reads > MAX_READS) {
      throw new LimitExceededError(
        'The list changes faster than it can be read, or is in no order. Start again from its end.',
      )
    }
    return ledger.read(range, { keep: side, fresh: reads > 1 })
  }

  /** The rows to read around a gap: what lies ahead, and on demand the one row behind it that proves the place. */
  function rangeAt(gap: number, ahead: number, evidence: 0 | 1): RowRange {
    const start = Math.max(0, away ? gap - evidence : gap - ahead)
    const stop = away ? gap + ahead : gap + evidence
    return { end, offset: start, limit: Math.max(stop - start, 1) }
  }

  const rowsAhead = ({ slice, index }: Place<T>) => (away ? slice.rows.length - index : index)

  const reachesListEnd = ({ offset, rows, total }: Slice<T>) =>
    (total !== null && offset + rows.length >= total) || (rows.length === 0 && offset === 0)

  /** True when a slice shows the last row that a walk can come to. */
  const reachesEdge = (slice: Slice<T>) => (away ? reachesListEnd(slice) : slice.offset === 0)

  const isUseful = (place: Place<T>) => rowsAhead(place) > 0 || reachesEdge(place.slice)

  /**
   * Where there is no total, nothing follows a row when a page that begins with it brings nothing else. A short page alone
   * is no proof: the provider may answer fewer rows than asked without saying so.
   */
  const isLast = ({ slice, index }: Place<T>) =>
    away && exactTotal(slice) === null && slice.rows.length < slice.limit && index <= 1

  /** Where no total can be relied on, one row more tells whether the list goes on. */
  const withSpare = (count: number, hasTotal: boolean) => (away && !hasTotal && ledger.mayOmitTotal ? count + 1 : count)

  /** Whether one request can bring the row behind a gap together with one ahead. Pages of a fixed size cannot always. */
  function canProve(gap: number, count: number): boolean {
    const proof = rangeAt(gap, count, 1)
    return proof.limit === 1 || ledger.fit(proof, keep).limit > 1
  }

  /**
   * Whether a page is so large that one request brings all of it only without the row behind it. Reading that row as well
   * would double the requests of every page, so that the list is unchanged by its total, and by its fingerprint where there
   * is one, has to do for a proof.
   */
  function isTooLargeToProve(gap: number, count: number, list: ListState): boolean {
    const isWhole = (range: RowRange) => ledger.fit(range, keep).limit === range.limit
    return list.total !== null && !isWhole(rangeAt(gap, count, 1)) && isWhole(rangeAt(gap, count, 0))
  }

  /**
   * Rows ahead of a gap that was seen in a list as it was, or is guessed to be there.
   *
   * @param locate finds the gap in a slice by the row behind it
   * @returns null when that row is not where it was
   */
  async function readAhead(
    from: number,
    list: ListState,
    count: number,
    locate: (slice: Slice<T>) => Place<T> | null,
    wasSeen = true,
  ): Promise<Place<T> | null> {
    let gap = from
    let known = list
    let isSeen = wasSeen
    for (;;) {
      // Where the row behind the gap can never come along, it is looked at first, and an unchanged total has to do for a
      // proof that what lies ahead is still there when that is read.
      const isProof = canProve(gap, count) && !(isSeen && isTooLargeToProve(gap, count, known))
      const slice = await read(rangeAt(gap, isProof || isSeen ? count : 0, isProof || !isSeen ? 1 : 0))
      const place = locate(slice)
      if (place && (isUseful(place) || (isProof && isLast(place)))) return place
      if (!isProof && isSeen && isSame(slice, known)) return { slice, index: gap - slice.offset, isUnchanged: true }
      const drift = end === 'newest' && slice.total !== null && known.total !== null ? slice.total - known.total : 0
      if (place) gap = slice.offset + place.index
      else if (drift !== 0) gap = Math.max(away ? 1 : 0, gap + drift)
      else return null
      isSeen = place !== null
      known = slice
    }
  }

  /** Finds the gap beside a row by that row's id. */
  const besideRow = (id: string | undefined) => (slice: Slice<T>) => {
    const row = slice.rows.findIndex((other) => other.id === id)
    return row === -1 ? null : { slice, index: away ? row + 1 : row }
  }

  /** The same place with rows ahead of it, where the slice that shows it ends there. */
  function goOn({ slice, index }: Place<T>, count: number): Promise<Place<T> | null> {
    const behind = slice.rows[away ? index - 1 : index]
    return readAhead(slice.offset + index, slice, count, besideRow(behind?.id))
  }

  /**
   * The place where a sorted list stops answering a question with true, counted from the end. Gallops from a guess, then
   * halves what is left between two answers.
   *
   * @param isNear null for the end of the list
   * @returns null when it comes to rows of which none says when it was made, so that the question has no answer
   */
  async function search(
    isNear: IsAhead | null,
    guess: number,
    count: number,
    known: number | null,
  ): Promise<Place<T> | null> {
    let low = 0
    let high = known ?? Number.POSITIVE_INFINITY
    let isLowRead = false
    let isHighRead = false
    let total = known
    let step = ledger.maxRows()
    let at = guess
    // The most rows that came at a time, where a provider turned out to answer fewer than asked without saying so.
    let most = Number.POSITIVE_INFINITY
    let short = 0
    let bounds = ''
    for (let ahead = count, isProbe = false; ; ) {
      // Nothing is asked for that lies beyond the list: an answer from there would show no row at all.
      const isBeyond = !away && total !== null && at >= total
      const slice = await read(rangeAt(at, ahead, isBeyond ? 0 : 1))
      const { offset, rows } = slice
      const stop = offset + rows.length
      if (slice.total !== null) {
        // Growth and deletion between two answers move the place; the bounds give way by as much.
        const drift = total === null ? 0 : slice.total - total
        low = Math.max(0, low + Math.min(0, drift))
        high = Math.min(slice.total, high + Math.max(0, drift))
        total = slice.total
      }
      if (isProbe && rows.length > 0 && short > 0) most = Math.min(most, short)
      const instants = instantsOf(slice)
      if (isNear && instants[0] === null) return null
      let index = isNear ? instants.findIndex((instant) => instant !== null && !isNear(instant)) : -1
      if (index === -1) index = rows.length
      // Rows that do not say when they were made go with the row before them.
      if (index === 0 && isLowRead && low >= offset)
        index = Math.max(
          rows.findIndex(({ instant }) => instant !== null),
          0,
        )
      if (index > 0 || offset === 0) {
        const place = { slice, index }
        const isOnlyGap = isLowRead && isHighRead && low === high && stop === high
        if (index < rows.length || reachesListEnd(slice) || isLast(place) || (isOnlyGap && !away)) {
          if (isUseful(place) || isLast(place)) return place
          const next = await goOn(place, count)
          if (next) return next
        }
        // A list that ends before what is known of it has shrunk meanwhile.
        const hasShrunk = index === rows.length && stop < low && rows.length < Math.min(slice.limit, most)
        low = hasShrunk ? stop : Math.max(low, stop)
        isLowRead = true
      } else {
        high = Math.min(high, offset)
        isHighRead = true
      }
      if (low > high) {
        // The list moved while it was searched, and did not say so.
        low = index > 0 ? low : 0
        isLowRead = index > 0
        high = index > 0 ? (total ?? Number.POSITIVE_INFINITY) : high
        isHighRead = index === 0
      }
      if (isLowRead && isHighRead && low === high && !canProve(low, count)) {
        // The place is where one page ends and another begins, and no answer shows both sides of it.
        const place = await readAhead(low, slice, count, () => null)
        if (place) return place
      }
      // An entry that arrived between two answers looks like a provider that answers fewer rows than it has.
      const isStuck = bounds === `${low} ${high} ${isLowRead} ${isHighRead}`
      bounds = `${low} ${high} ${isLowRead} ${isHighRead}`
      if (isStuck) most = Number.POSITIVE_INFINITY
      ahead = Math.max(1, Math.min(Math.max(count, ledger.maxRows() - 1), most - 1))
      const isShort = index === rows.length && rows.length < Math.min(slice.limit, most)
      isProbe = !away && isShort && low < high && exactTotal(slice) === null
      if (isProbe) {
        // Whether the list ends there, only the row after it can tell.
        short = rows.length === 0 ? short : rows.length
        at = low
        ahead = 0
      } else if (isLowRead && isHighRead) at = low === high ? low : Math.floor((low + high - 1) / 2) + (away ? 1 : 0)
      else if (isHighRead) at = Math.max(0, high - step)
      else at = Math.min(high, low + step)
      step *= 2
    }
  }

  /** The place in front of the first entry of an instant, seen in the walk's direction. */
  function searchInstant(instant: Instant, guess: number, count: number): Promise<Place<T> | null> {
    const isNewer = end === 'newest'
    const isNear: IsAhead = away
      ? (other) => (isNewer ? other > instant : other < instant)
      : (other) => (isNewer ? other >= instant : other <= instant)
    return search(isNear, guess, count, null)
  }

  async function fromEnd(from: End, count: number): Promise<Place<T>> {
    if (from === end && away) return { slice: await read(rangeAt(0, withSpare(count, false), 0)), index: 0 }
    // Nothing lies beyond an end, so there is nothing to read.
    if ((from === 'newest') === (heading === 'newer')) return { slice: EMPTY, index: 0 }
    // The far end of a list that counts from the other one: its total says where that is.
    const slice = await read({ end, offset: 0, limit: count }, 'start')
    if (reachesListEnd(slice)) return { slice, index: slice.rows.length }
    return (await search(null, slice.total ?? ledger.maxRows(), count, slice.total))!
  }

  async function fromAnchor(anchor: Anchor, side: Heading, wanted: number): Promise<Place<T>> {
    // The gap lies one row further from the end than the anchor, or just in front of it.
    const beyond = goesAway(end, side) ? 1 : 0
    const isInclusive = side !== heading
    const count = withSpare(wanted, anchor.total !== null && anchor.totalIsExact)

    /** The gap in a slice that shows the anchor. */
    function placeIn(slice: Slice<T>): Place<T> | null {
      const row = slice.rows.findIndex(
        ({ id, instant }) =>
          (instant === null || anchor.instant === null || instant === anchor.instant) && digestOf(id) === anchor.digest,
      )
      return row === -1 ? null : { slice, index: row + beyond }
    }

    /** True from the boundary or the anchor on, whichever comes first. */
    function isOurs(instant: Instant): boolean {
      const own = anchor.instant
      return (isAhead?.(instant) ?? false) || own === null || (heading === 'older' ? instant <= own : instant >= own)
    }

    /** The place from which on the list is ours by time. */
    function searchOurs(guess: number, known: number | null): Promise<Place<T> | null> {
      return search((instant) => isOurs(instant) !== away, guess, count, known)
    }

    /** Takes in what was put between the anchor and the boundary since, and sees to it that the place is of use. */
    async function settle({ slice, index: start }: Place<T>): Promise<Place<T>> {
      let index = start
      if (isInclusive && isAhead) {
        const instants = instantsOf(slice)
        const isStray = (row: number) => {
          const instant = instants[row]
          return instant !== undefined && instant !== null && isAhead(instant)
        }
        while (isStray(away ? index - 1 : index)) index += away ? -1 : 1
        const isOpen = away ? index === 0 && slice.offset > 0 : index === slice.rows.length && !reachesListEnd(slice)
        // How far they go is on another page.
        const ours = isOpen ? await searchOurs(slice.offset + index, slice.total) : null
        if (ours) return ours
      }
      const place = { slice, index }
      if (isUseful(place) || isLast(place)) return place
      return (await readAhead(slice.offset + index, slice, count, placeIn)) ?? byInstant(slice.offset + index)
    }

    /** In the last resort the anchor is looked for among the entries of its instant. */
    async function byInstant(guess: number): Promise<Place<T>> {
      const { instant } = anchor
      if (instant === null) return byScan(guess)
      for (;;) {
        const start = await searchInstant(instant, guess, count)
        if (!start) return byScan(guess)
        const withoutAnchor = async () => (isInclusive && isAhead && (await searchOurs(guess, null))) || start
        let at: Place<T> | null = start
        while (at) {
          const { slice } = at
          const found = placeIn(slice)
          if (found) return settle(found)
          let { index } = at
          const instants = instantsOf(slice)
          const isTie = (row: number) => instants[row] === instant
          while (away ? index < slice.rows.length && isTie(index) : index > 0 && isTie(index - 1))
            index += away ? 1 : -1
          // All of them were looked at, and it is not there any more.
          if ((away ? index < slice.rows.length : index > 0) || reachesEdge(slice)) return withoutAnchor()
          const next: Place<T> | null = await goOn({ slice, index }, ledger.maxRows() - 1)
          if (next && !isUseful(next)) return withoutAnchor()
          at = next
        }
      }
    }

    /** Without instants there is nothing to search by: the list is read from its end. */
    async function byScan(guess: number): Promise<Place<T>> {
      for (let offset = 0; ; ) {
        const slice = await read({ end, offset, limit: ledger.maxRows() }, 'start')
        const found = placeIn(slice)
        if (found) return settle(found)
        offset += slice.rows.length
        if (slice.rows.length === 0 || (slice.total !== null && offset >= slice.total)) break
      }
      const slice = await read(rangeAt(guess, count, 1))
      return { slice, index: Math.min(Math.max(guess - beyond - slice.offset, 0), slice.rows.length) }
    }

    const gap = anchor.offset + beyond
    const place = await readAhead(gap, anchor, count, placeIn)
    if (place?.isUnchanged) return place
    return place ? settle(place) : byInstant(gap)
  }

  /** @returns the gap with rows ahead of it, at least one of them where there are any */
  async function find(gap: Gap, count: number): Promise<Place<T>> {
    reads = 0
    if (gap.at === 'end') return fromEnd(gap.end, count)
    if (gap.at === 'anchor') return fromAnchor(gap.anchor, gap.side, count)
    const place = await searchInstant(gap.instant, 0, withSpare(count, false))
    return place ?? fromEnd(heading === 'older' ? 'newest' : 'oldest', count)
  }

  return { find, away, rowsAhead, reachesEdge }
}
