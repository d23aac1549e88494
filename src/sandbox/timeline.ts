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
export interface Timeline<T extends Dated, S> {
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
  return new SortedTimeline(createTally)
}

/** @throws {RangeError} when `created_at` is not a date-time */
function instantOf({ created_at }: Dated): bigint {
  const instant = parseDateTime(created_at)
  if (instant === null) throw new RangeError(`created_at is not an RFC 3339 date-time: ${created_at}`)
  return instant
}

class SortedTimeline<T extends Dated, S extends Tally<T>> implements Timeline<T, S> {
  readonly #createTally: () => S
  readonly #all: Placed<T>[] = []
  readonly #byId = new Map<string, Placed<T>>()
  /** Least recently used first. */
  readonly #views = new Map<string, SortedView<T, S>>()
  #arrivals = 0
  #newestFirst: readonly T[] | null = null

  constructor(createTally: () => S) {
    this.#createTally = createTally
  }

  newestFirst(): readonly T[] {
    this.#newestFirst ??= this.#all.map(({ entry }) => entry).reverse()
    return this.#newestFirst
  }

  newest(): T | null {
    return this.#all.at(-1)?.entry ?? null
  }

  size(): number {
    return this.#all.length
  }

  get(id: string): T | null {
    return this.#byId.get(id)?.entry ?? null
  }

  add(entry: T): void {
    this.#insert(this.#placeNew(entry))
  }

  load(entries: Iterable<T>): void {
    for (const entry of entries) this.#all.push(this.#placeNew(entry))
    this.#all.sort(compare)
    this.#newestFirst = null
    this.#views.clear()
  }

  remove(id: string): void {
    this.#takeOut(this.#find(id))
  }

  update(id: string, change: Partial<Omit<T, 'id'>>): T {
    const old = this.#find(id)
    const entry = { ...old.entry, ...change }
    const moved = this.#place(entry)
    this.#takeOut(old)
    this.#insert(moved.instant === old.instant ? { ...moved, arrival: old.arrival } : moved)
    return entry
  }

  view(key: string, matches: (entry: T, instant: bigint) => boolean): View<T, S> {
    const view = this.#views.get(key) ?? new SortedView(this.#all, matches, this.#createTally())
    this.#views.delete(key)
    this.#views.set(key, view)
    if (this.#views.size > MAX_VIEWS) this.#views.delete(this.#views.keys().next().value!)
    return view
  }

  dropViews(): void {
    this.#views.clear()
  }

  #place(entry: T): Placed<T> {
    const instant = instantOf(entry)
    this.#arrivals += 1
    return { entry, instant, arrival: this.#arrivals }
  }

  #placeNew(entry: T): Placed<T> {
    if (this.#byId.has(entry.id)) throw new RangeError(`There is an entry with the id ${entry.id} already.`)
    const placed = this.#place(entry)
    this.#byId.set(entry.id, placed)
    return placed
  }

  #find(id: string): Placed<T> {
    const placed = this.#byId.get(id)
    if (!placed) throw new RangeError(`There is no entry with the id ${id}.`)
    return placed
  }

  #insert(placed: Placed<T>): void {
    this.#newestFirst = null
    this.#byId.set(placed.entry.id, placed)
    insertSorted(this.#all, placed)
    for (const view of this.#views.values()) view.insert(placed)
  }

  #takeOut(placed: Placed<T>): void {
    this.#newestFirst = null
    this.#byId.delete(placed.entry.id)
    removeSorted(this.#all, placed)
    for (const view of this.#views.values()) view.takeOut(placed)
  }
}

class SortedView<T, S extends Tally<T>> implements View<T, S> {
  readonly tally: S
  readonly #rows: Placed<T>[]
  readonly #matches: (entry: T, instant: bigint) => boolean

  constructor(all: readonly Placed<T>[], matches: (entry: T, instant: bigint) => boolean, tally: S) {
    this.#matches = matches
    this.#rows = all.filter(({ entry, instant }) => matches(entry, instant))
    for (const { entry } of this.#rows) tally.add(entry)
    this.tally = tally
  }

  get length(): number {
    return this.#rows.length
  }

  newest(offset: number, limit: number): T[] {
    return this.#slice(this.length - offset - limit, this.length - offset).reverse()
  }

  oldest(offset: number, limit: number): T[] {
    return this.#slice(offset, offset + limit)
  }

  insert(placed: Placed<T>): void {
    if (!this.#matches(placed.entry, placed.instant)) return
    insertSorted(this.#rows, placed)
    this.tally.add(placed.entry)
  }

  takeOut(placed: Placed<T>): void {
    if (!this.#matches(placed.entry, placed.instant)) return
    removeSorted(this.#rows, placed)
    this.tally.subtract(placed.entry)
  }

  #slice(start: number, end: number): T[] {
    return this.#rows.slice(Math.max(start, 0), Math.max(end, 0)).map(({ entry }) => entry)
  }
}

function insertSorted<T>(rows: Placed<T>[], placed: Placed<T>): void {
  rows.splice(indexOf(rows, placed), 0, placed)
}

function removeSorted<T>(rows: Placed<T>[], placed: Placed<T>): void {
  rows.splice(indexOf(rows, placed), 1)
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
