const RFC_3339 = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/
const MAX_VIEWS = 64

/** Nanoseconds since 1970-01-01T00:00:00Z for an RFC 3339 date-time; null for any other text. */
export function parseDateTime(text: string): bigint | null {
  const match = RFC_3339.exec(text)
  if (!match) return null
  const [, day = '', hour, minute, second, fraction = '', zone] = match
  const midnight = Date.parse(`${day}T00:00:00Z`)
  // Date.parse() takes the 30th of February for the 2nd of March.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return null
  const ms = Date.parse(`${day}T${hour}:${minute}:${second}${zone}`)
  return Number.isNaN(ms) ? null : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

/** The fields of an entry that a timeline reads. `created_at` is an RFC 3339 date-time. */
export interface Dated {
  readonly id: string
  readonly created_at: string
}

/** A running total over the entries of a view. */
export interface Tally<T> {
  add(entry: T): void
  subtract(entry: T): void
}

/** The entries of a timeline that pass a filter; follows every change of the timeline. */
interface View<T, S> {
  readonly length: number
  readonly tally: S
  /** The rows `[offset, offset + limit)` counted from the newest entry, newest first. */
  newest(offset: number, limit: number): T[]
  /** The rows `[offset, offset + limit)` counted from the oldest entry, oldest first. */
  oldest(offset: number, limit: number): T[]
}

/**
 * Entries in the order of their instants. Of entries with the same instant the one that was added later is the newer.
 * An entry takes its place by binary search, and views are kept up to date entry by entry, so that a ledger of a
 * hundred thousand entries can grow between any two requests without being read again.
 */
interface Timeline<T extends Dated, S> {
  /** All entries, newest first: as they are now, the array does not change later. */
  newestFirst(): readonly T[]
  newest(): T | null
  size(): number
  get(id: string): T | null
  /** @throws {RangeError} when the id is taken or `created_at` is not a date-time */
  add(entry: T): void
  /** The same as adding one after the other, but quicker. */
  load(entries: Iterable<T>): void
  /** @throws {RangeError} when there is no such entry */
  remove(id: string): void
  /**
   * Changes an entry and returns what it is now. It keeps its place, unless its instant is another.
   * @throws {RangeError} when there is no such entry
   */
  update(id: string, change: Partial<Omit<T, 'id'>>): T
  /**
   * The view of this key; `matches` is called only when the view is not cached. The same key must mean the same filter.
   */
  view(key: string, matches: (entry: T, instant: bigint) => boolean): View<T, S>
  /** Drops every view. Needed when filters read something outside the entries that has changed. */
  dropViews(): void
}

/** An entry with its place: by instant, then by the order of arrival. */
interface Placed<T> {
  readonly entry: T
  readonly instant: bigint
  readonly arrival: number
}

/** Starts empty. Each view gets a tally of its own from `createTally`. */
export function createTimeline<T extends Dated, S extends Tally<T>>(createTally: () => S): Timeline<T, S> {
  const all: Placed<T>[] = []
  const byId = new Map<string, Placed<T>>()
  const views = new Map<string, ReturnType<typeof createView<T, S>>>()
  let arrivals = 0
  let newestFirst: readonly T[] | null = null

  function place(entry: T): Placed<T> {
    const instant = parseDateTime(entry.created_at)
    if (instant === null) throw new RangeError(`created_at is not an RFC 3339 date-time: ${entry.created_at}`)
    arrivals += 1
    return { entry, instant, arrival: arrivals }
  }

  function placeNew(entry: T): Placed<T> {
    if (byId.has(entry.id)) throw new RangeError(`There is an entry with the id ${entry.id} already.`)
    const placed = place(entry)
    byId.set(entry.id, placed)
    return placed
  }

  function find(id: string): Placed<T> {
    const placed = byId.get(id)
    if (!placed) throw new RangeError(`There is no entry with the id ${id}.`)
    return placed
  }

  function insert(placed: Placed<T>): void {
    newestFirst = null
    byId.set(placed.entry.id, placed)
    all.splice(indexOf(all, placed), 0, placed)
    for (const view of views.values()) view.insert(placed)
  }

  function takeOut(placed: Placed<T>): void {
    newestFirst = null
    byId.delete(placed.entry.id)
    all.splice(indexOf(all, placed), 1)
    for (const view of views.values()) view.takeOut(placed)
  }

  return {
    newestFirst() {
      newestFirst ??= all.map(({ entry }) => entry).reverse()
      return newestFirst
    },
    newest: () => all.at(-1)?.entry ?? null,
    size: () => all.length,
    get: (id) => byId.get(id)?.entry ?? null,
    add(entry) {
      insert(placeNew(entry))
    },
    load(entries) {
      for (const entry of entries) all.push(placeNew(entry))
      all.sort(compare)
      newestFirst = null
      views.clear()
    },
    remove(id) {
      takeOut(find(id))
    },
    update(id, change) {
      const old = find(id)
      const entry = { ...old.entry, ...change }
      const moved = place(entry)
      takeOut(old)
      insert(moved.instant === old.instant ? { ...moved, arrival: old.arrival } : moved)
      return entry
    },
    view(key, matches) {
      const view = views.get(key) ?? createView(all, matches, createTally())
      // Put at the end again: the first key is the least recently used one.
      views.delete(key)
      views.set(key, view)
      if (views.size > MAX_VIEWS) views.delete(views.keys().next().value!)
      return view
    },
    dropViews() {
      views.clear()
    },
  }
}

function createView<T, S extends Tally<T>>(
  all: readonly Placed<T>[],
  matches: (entry: T, instant: bigint) => boolean,
  tally: S,
) {
  const rows = all.filter(({ entry, instant }) => matches(entry, instant))
  for (const { entry } of rows) tally.add(entry)
  const slice = (start: number, end: number) =>
    rows.slice(Math.max(start, 0), Math.max(end, 0)).map(({ entry }) => entry)
  return {
    tally,
    get length() {
      return rows.length
    },
    newest: (offset: number, limit: number) => slice(rows.length - offset - limit, rows.length - offset).reverse(),
    oldest: (offset: number, limit: number) => slice(offset, offset + limit),
    insert(placed: Placed<T>) {
      if (!matches(placed.entry, placed.instant)) return
      rows.splice(indexOf(rows, placed), 0, placed)
      tally.add(placed.entry)
    },
    takeOut(placed: Placed<T>) {
      if (!matches(placed.entry, placed.instant)) return
      rows.splice(indexOf(rows, placed), 1)
      tally.subtract(placed.entry)
    },
  }
}

function compare<T>(one: Placed<T>, other: Placed<T>): number {
  if (one.instant !== other.instant) return one.instant < other.instant ? -1 : 1
  return one.arrival - other.arrival
}

/** Returns the index of `placed` among rows in ascending order, or the index at which to insert it. */
function indexOf<T>(rows: readonly Placed<T>[], placed: Placed<T>): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(rows[middle]!, placed) < 0) low = middle + 1
    else high = middle
  }
  return low
}
