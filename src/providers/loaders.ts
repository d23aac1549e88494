import DataLoader from 'dataloader'
import type { Row } from '../ledger/ledger.ts'
import { type ListedObjects, loadListed } from '../ledger/load-listed.ts'
import type { Meter } from '../operation.ts'

/**
 * Loads objects by their ids for one operation; null when there is no such object for the caller. Objects that came with a list
 * are not read again.
 */
export class ByIdLoader<T> {
  readonly #loadAll: (ids: readonly string[]) => Promise<readonly (T | null | Error)[]>
  /** Created by the first load. */
  #loader: DataLoader<string, T | null> | null = null
  readonly #idOf: (value: T) => string | null
  /** Rows of lists that no load has looked through yet: few operations load single objects beside a list. */
  readonly #rows: (readonly Row<T>[])[] = []

  /**
   * @param loadAll returns one result for each id, in the order of the ids
   * @param idOf the id by which a listed object is loaded; null for one that has to be read all the same
   */
  constructor(
    loadAll: (ids: readonly string[]) => Promise<readonly (T | null | Error)[]>,
    idOf: (value: T) => string | null,
  ) {
    this.#loadAll = loadAll
    this.#idOf = idOf
  }

  load(id: string): Promise<T | null> {
    this.#loader ??= new DataLoader(this.#loadAll)
    for (const rows of this.#rows.splice(0)) this.#prime(this.#loader, rows)
    return this.#loader.load(id)
  }

  /** Adds rows that came with a list. */
  addRows(rows: readonly Row<T>[]): void {
    this.#rows.push(rows)
  }

  #prime(loader: DataLoader<string, T | null>, rows: readonly Row<T>[]): void {
    for (const { value } of rows) {
      if (value instanceof Error) continue
      const id = this.#idOf(value)
      if (id !== null) loader.prime(id, value)
    }
  }
}

/**
 * Creates a loader that reads each object with one request.
 *
 * @param loadOne reads one object; null when it does not exist
 * @param idOf see `ByIdLoader`; by default every object is read on its own
 */
export function createByIdLoader<T>(
  loadOne: (id: string) => Promise<T | null>,
  meter: Meter | undefined,
  idOf: (value: T) => string | null = () => null,
): ByIdLoader<T> {
  return new ByIdLoader<T>(async (ids) => {
    meter?.reserve(ids.length)
    return Promise.all(ids.map((id) => loadOne(id).catch((error: Error) => error)))
  }, idOf)
}

/** Creates a loader that looks up many objects in the provider's list of them, and few one by one; see `loadListed`. */
export function createListedLoader<T>(
  objects: Omit<ListedObjects<T>, 'reserve'>,
  meter: Meter | undefined,
): ByIdLoader<T> {
  return new ByIdLoader((ids) => loadListed(ids, { ...objects, reserve: meter?.reserve }), objects.idOf)
}
