import { createRandom, type Random } from './random.ts'

export const DAY_MS = 86_400_000

/** The first day of every history. */
const HISTORY_START = Date.UTC(2025, 10, 1)

/** Days of the first year. Its entries are made up in one walk and end with it, so that its figures never change. */
export const YEAR_DAYS = 365

/** More values than the entries of one day need. */
const VALUES_OF_DAY = 1 << 16
/** The walk of the first year takes the values of so many days, and does not use them up. */
const WALKED_DAYS = 16

/** Makes up the entries of a provider. Days count from the start of the history. */
interface HistoryMaker<T> {
  /** Returns the entries of the first year. */
  year(random: Random): readonly T[]
  /** Returns the entries of a later day; some of them, such as settlements, may be on the days after it. */
  day(day: number, random: Random): readonly T[]
}

/** Returns the midnight (UTC) with which a day begins, in epoch milliseconds. */
export const startOfDay = (day: number) => HISTORY_START + day * DAY_MS

/**
 * Makes up a history: the first year, which is always the same, and the days behind it up to a moment. Each of those has a
 * generator of its own, so that a day has the same entries however many days follow it.
 *
 * @param until epoch milliseconds; no entry behind the first year is later
 */
export function makeHistory<T extends { readonly created_at: string }>(
  seed: number,
  until: number,
  maker: HistoryMaker<T>,
): T[] {
  const entries = [...maker.year(createRandom(seed))]
  for (let day = YEAR_DAYS; startOfDay(day) <= until; day++) {
    const random = createRandom(seed, (day - YEAR_DAYS + WALKED_DAYS) * VALUES_OF_DAY)
    for (const entry of maker.day(day, random)) if (Date.parse(entry.created_at) <= until) entries.push(entry)
  }
  return entries
}
