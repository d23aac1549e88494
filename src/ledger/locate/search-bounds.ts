/** Bounds of a position while a list is searched for it. Offsets count from the end that the search counts from. */
export interface SearchBounds {
  /** The position is at this offset or behind it. */
  readonly low: number
  /** The position is at this offset or before it; infinity while no answer has shown that. */
  readonly high: number
  /** True when an answer has shown the rows up to `low`; else `low` is only the beginning of the list. */
  readonly isLowSeen: boolean
  readonly isHighSeen: boolean
  /** Rows of the list, as the last answer reported. */
  readonly total: number | null
  /** Rows that the next step of a gallop skips; doubles with every step. */
  readonly step: number
  /** The most rows that came at a time, where the provider turned out to answer fewer than requested without saying so. */
  readonly maxAnswered: number
  /** The number of rows in the short answer that is being checked; 0 where there is none. */
  readonly shortAnswer: number
}

/** One answer, as far as a search interprets it. */
export interface SearchAnswer {
  readonly offset: number
  readonly rows: number
  /** Page size of the answer. */
  readonly limit: number
  readonly total: number | null
  readonly totalIsExact: boolean
  /** Rows of the answer that are before the position. */
  readonly before: number
}

/** The next read of a search. */
export interface SearchStep {
  readonly at: number
  /** Rows to read ahead of `at`. */
  readonly ahead: number
  /** True when the read only shows whether a list ends behind a short answer. */
  readonly isEndCheck: boolean
}

/** @param total rows of the list, where known */
export function startBounds(total: number | null, step: number): SearchBounds {
  return {
    low: 0,
    high: total ?? Number.POSITIVE_INFINITY,
    isLowSeen: false,
    isHighSeen: false,
    total,
    step,
    maxAnswered: Number.POSITIVE_INFINITY,
    shortAnswer: 0,
  }
}

/** The bounds in a list of another total: growth and deletion between two answers move the position by as much. */
export function withTotal(bounds: SearchBounds, total: number | null): SearchBounds {
  if (total === null) return bounds
  const drift = bounds.total === null ? 0 : total - bounds.total
  return {
    ...bounds,
    low: Math.max(0, bounds.low + Math.min(0, drift)),
    high: Math.min(total, bounds.high + Math.max(0, drift)),
    total,
  }
}

/** The bounds after an end check that brought rows: the provider answers no more than the short answer had. */
export function withEndCheck(bounds: SearchBounds, rows: number): SearchBounds {
  if (rows === 0 || bounds.shortAnswer === 0) return bounds
  return { ...bounds, maxAnswered: Math.min(bounds.maxAnswered, bounds.shortAnswer) }
}

/** Returns true when the bounds meet, and both were shown by answers. */
export const areClosed = ({ low, high, isLowSeen, isHighSeen }: SearchBounds) => isLowSeen && isHighSeen && low === high

const isShort = ({ rows, limit, before }: SearchAnswer, { maxAnswered }: SearchBounds) =>
  before === rows && rows < Math.min(limit, maxAnswered)

/** The bounds after an answer. Bounds that contradict it are dropped: the list moved, and no total showed it. */
export function narrow(bounds: SearchBounds, answer: SearchAnswer): SearchBounds {
  const { offset, rows, before } = answer
  const stop = offset + rows
  const isAfter = before > 0 || offset === 0
  let { low, high, isLowSeen, isHighSeen } = bounds
  if (isAfter) {
    // A list that ends before what is known of it has shrunk.
    low = isShort(answer, bounds) && stop < low ? stop : Math.max(low, stop)
    isLowSeen = true
  } else {
    high = Math.min(high, offset)
    isHighSeen = true
  }
  if (low <= high) return { ...bounds, low, high, isLowSeen, isHighSeen }
  if (before > 0) {
    return { ...bounds, low, high: bounds.total ?? Number.POSITIVE_INFINITY, isLowSeen: true, isHighSeen: false }
  }
  return { ...bounds, low: 0, high, isLowSeen: false, isHighSeen: true }
}

const isEqual = (a: SearchBounds, b: SearchBounds) =>
  a.low === b.low && a.high === b.high && a.isLowSeen === b.isLowSeen && a.isHighSeen === b.isHighSeen

/** Returns the offset to read next, between the bounds. */
function nextOffset({ low, high, isLowSeen, isHighSeen, step }: SearchBounds, offsetsGrow: boolean): number {
  if (isLowSeen && isHighSeen) return low === high ? low : Math.floor((low + high - 1) / 2) + (offsetsGrow ? 1 : 0)
  return isHighSeen ? Math.max(0, high - step) : Math.min(high, low + step)
}

/**
 * Plans the next read of a search: gallops from the last answer until the position lies between two answers, then halves
 * what is between them.
 *
 * @param previous the bounds before the answer
 * @param size how many rows are wanted ahead of the position, and the most that one request brings
 */
export function planStep(
  bounds: SearchBounds,
  previous: SearchBounds,
  answer: SearchAnswer,
  size: { readonly count: number; readonly maxRows: number },
  offsetsGrow: boolean,
): { readonly bounds: SearchBounds; readonly step: SearchStep } {
  // An entry that arrived between two answers looks like a provider that answers fewer rows than it has.
  const maxAnswered = isEqual(bounds, previous) ? Number.POSITIVE_INFINITY : bounds.maxAnswered
  const current = { ...bounds, maxAnswered }
  const hasExactTotal = answer.total !== null && answer.totalIsExact
  const isEndCheck = !offsetsGrow && isShort(answer, current) && bounds.low < bounds.high && !hasExactTotal
  const next = { ...current, step: bounds.step * 2 }
  if (isEndCheck) {
    const shortAnswer = answer.rows === 0 ? bounds.shortAnswer : answer.rows
    return { bounds: { ...next, shortAnswer }, step: { at: bounds.low, ahead: 0, isEndCheck } }
  }
  const ahead = Math.max(1, Math.min(Math.max(size.count, size.maxRows - 1), maxAnswered - 1))
  return { bounds: next, step: { at: nextOffset(current, offsetsGrow), ahead, isEndCheck } }
}
