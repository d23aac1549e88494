import type { Ledger, Row } from './ledger.ts'

/** The fewest ids for which the list is read first. For fewer, one request each costs no more. */
const LIST_FROM = 3

/** A part of a list that is searched for objects by their ids. */
export interface ListPage<T> {
  readonly rows: readonly Row<T>[]
  /** True when no rows follow, so that the pages so far are the whole list. */
  readonly isLast: boolean
  /** Requests that reading the rest takes; may be a fraction. */
  readonly requestsLeft: number
}

/** Access to objects that a provider lists and that it answers one by one as well. */
export interface ListedObjects<T> {
  /** Reads the list page by page. */
  pages(): AsyncIterable<ListPage<T>>
  idOf(value: T): string
  /** Reads one object; null when it does not exist. */
  loadOne(id: string): Promise<T | null>
  /** Throws when the operation may not send so many requests. */
  readonly reserve?: ((requests: number) => void) | undefined
}

/** The objects that a search of the list found, by id. */
interface SearchResult<T> {
  readonly found: ReadonlyMap<string, T>
  /** True when an id that was not found does not exist. */
  readonly isComplete: boolean
}

/** Searches a list for ids until it ends, or until its rest costs more requests than the missing ids. */
async function searchList<T>(ids: readonly string[], { pages, idOf }: ListedObjects<T>): Promise<SearchResult<T>> {
  const found = new Map<string, T>()
  let isComplete = false
  let hasInvalidRows = false
  try {
    for await (const { rows, isLast, requestsLeft } of pages()) {
      for (const { value } of rows) {
        if (value instanceof Error) hasInvalidRows = true
        else found.set(idOf(value), value)
      }
      // An invalid row may be any of the missing ones.
      isComplete = isLast && !hasInvalidRows
      const missing = ids.filter((id) => !found.has(id)).length
      if (isLast || missing === 0 || requestsLeft > missing) break
    }
  } catch {
    // The missing objects are read one by one, and each reports its own failure.
  }
  return { found, isComplete }
}

/**
 * Loads objects by their ids. Three or more are looked up in the list for as long as that takes fewer requests than one
 * for each; those that were not found there are read one by one.
 *
 * @returns one result for each id, in the order of the ids: the object, null when it does not exist, or the failure
 * @throws what `reserve` throws
 */
export async function loadListed<T>(ids: readonly string[], objects: ListedObjects<T>): Promise<(T | null | Error)[]> {
  const { found, isComplete } =
    ids.length < LIST_FROM ? { found: new Map<string, T>(), isComplete: false } : await searchList(ids, objects)
  const missing = isComplete ? [] : ids.filter((id) => !found.has(id))
  objects.reserve?.(missing.length)
  return Promise.all(
    ids.map(async (id) => {
      const listed = found.get(id)
      if (listed !== undefined || isComplete) return listed ?? null
      return objects.loadOne(id).catch((error: Error) => error)
    }),
  )
}

/** Reads a ledger from its newest row on, as pages for `loadListed`. */
export async function* listPagesOf<T>(ledger: Ledger<T>): AsyncGenerator<ListPage<T>> {
  const stream = ledger.stream({ at: 'end', end: 'newest' }, 'older', null)
  do {
    await stream.fill(ledger.maxRows())
    const rows = stream.buffer.splice(0).map(({ row }) => row)
    const total = stream.isEnded ? null : await ledger.count().catch(() => null)
    const rowsLeft = total === null ? 0 : total - stream.rowsRead
    yield { rows, isLast: stream.isEnded, requestsLeft: rowsLeft / ledger.maxRows() }
  } while (!stream.isEnded)
}
