import DataLoader from 'dataloader'
import { type ListedObjects, loadListed } from '../ledger/load-listed.ts'
import type { Meter } from '../operation.ts'

/** Loads objects by their ids for one operation; null when there is no such object for the caller. */
export type ByIdLoader<T> = DataLoader<string, T | null>

/**
 * Creates a loader that reads each object with one request.
 *
 * @param loadOne reads one object; null when it does not exist
 */
export function createByIdLoader<T>(
  loadOne: (id: string) => Promise<T | null>,
  meter: Meter | undefined,
): ByIdLoader<T> {
  return new DataLoader(async (ids) => {
    meter?.reserve(ids.length)
    return Promise.all(ids.map((id) => loadOne(id).catch((error: Error) => error)))
  })
}

/** Creates a loader that looks up many objects in the provider's list of them, and few one by one; see `loadListed`. */
export function createListedLoader<T>(
  objects: Omit<ListedObjects<T>, 'reserve'>,
  meter: Meter | undefined,
): ByIdLoader<T> {
  return new DataLoader((ids) => loadListed(ids, { ...objects, reserve: meter?.reserve }))
}
