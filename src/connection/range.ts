import { InvalidArgumentError } from '../errors.ts'

/** The most entries that one page may have. */
export const MAX_PAGE_SIZE = 100

/** The entries on a page when neither `first` nor `last` is given. */
export const DEFAULT_PAGE_SIZE = 20

/** The four arguments of a Relay connection, as a caller gave them. */
export interface ConnectionArguments {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  readonly last?: number | null | undefined
  readonly before?: string | null | undefined
}

/**
 * The walk for a page: from which of the two cursors, how many entries, and which of them are the page. Cursors are
 * as the caller gave them.
 */
export interface PagePlan {
  readonly walk: 'forward' | 'backward'
  /** Entries to walk over. */
  readonly count: number
  /** Of these, only the first so many count as `first`; null where `first` was not given. */
  readonly first: number | null
  readonly last: number | null
  readonly after: string | null
  readonly before: string | null
}

function checkSize(name: 'first' | 'last', value: number | null | undefined): number | null {
  if (value === null || value === undefined) return null
  if (!Number.isInteger(value) || value < 0 || value > MAX_PAGE_SIZE) {
    throw new InvalidArgumentError(
      `Argument "${name}" must be a whole number from 0 to ${MAX_PAGE_SIZE}; got ${value}.`,
    )
  }
  return value
}

/**
 * The walk for a page. `last` alone walks backwards from `before` or the end, everything else forwards; without a size,
 * a page has `DEFAULT_PAGE_SIZE` entries, counted from the cursor that was given.
 *
 * @throws {InvalidArgumentError} when a size is negative or over `MAX_PAGE_SIZE`
 */
export function planPage(args: ConnectionArguments): PagePlan {
  const after = args.after ?? null
  const before = args.before ?? null
  let first = checkSize('first', args.first)
  let last = checkSize('last', args.last)
  if (first === null && last === null) {
    if (before !== null && after === null) last = DEFAULT_PAGE_SIZE
    else first = DEFAULT_PAGE_SIZE
  }
  const walk = first === null ? 'backward' : 'forward'
  return { walk, count: Math.max(first ?? 0, last ?? 0), first, last, after, before }
}

/** The entries that a walk found, in its own direction, and whether the range goes on after them. */
export interface ScanResult<E> {
  readonly entries: readonly E[]
  readonly hasMore: () => Promise<boolean>
}

/** The page that a plan makes of a walk, and its two flags by the algorithms of the Relay specification. */
export interface PageWindow<E> {
  /** In the order of the list. */
  readonly entries: readonly E[]
  hasNextPage(): Promise<boolean>
  hasPreviousPage(): Promise<boolean>
}

/**
 * The specification's `EdgesToReturn`, `HasNextPage` and `HasPreviousPage` over a walk of `plan.count` entries.
 *
 * @param beyond whether entries lie on the far side of the cursor that the walk started from
 * @see https://relay.dev/graphql/connections.htm#sec-Pagination-algorithm
 */
export function pageWindow<E>(plan: PagePlan, scan: ScanResult<E>, beyond: () => Promise<boolean>): PageWindow<E> {
  const { entries } = scan
  const { first, last, after, before } = plan
  const never = () => Promise.resolve(false)
  /** Returns true when the range between the cursors may hold more than `count` entries. */
  const holdsMoreThan = async (count: number) => entries.length > count || (await scan.hasMore())
  if (first === null) {
    return {
      entries: [...entries].reverse(),
      hasPreviousPage: () => holdsMoreThan(last ?? 0),
      hasNextPage: before === null ? never : beyond,
    }
  }
  const leading = entries.slice(0, first)
  return {
    entries: last === null ? leading : leading.slice(Math.max(0, leading.length - last)),
    hasNextPage: () => holdsMoreThan(first),
    hasPreviousPage: last === null ? (after === null ? never : beyond) : () => holdsMoreThan(last),
  }
}
