/** A list of rows that is computed row by row, newest first. It never changes, so that answers can be compared. */
export interface List<Row> {
  readonly length: number
  at(index: number): Row
}

/** Returns the rows from `offset` on, at most `limit`. */
export function slice<Row>(list: List<Row>, offset: number, limit: number): Row[] {
  const end = Math.min(list.length, offset + limit)
  const rows: Row[] = []
  for (let index = offset; index < end; index++) rows.push(list.at(index))
  return rows
}

/** Returns the first index whose row fulfils a condition that holds for all later rows as well; else the length. */
export function firstIndex<Row>(list: List<Row>, holds: (row: Row) => boolean): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(list.at(middle))) high = middle
    else low = middle + 1
  }
  return low
}

/** Returns a UUID that differs for each namespace and index, and from which the index can be read again. */
export const uuidOf = (namespace: number, index: number): string =>
  `${namespace.toString(16).padStart(8, '0')}-bbbb-4ccc-8ddd-${index.toString(16).padStart(12, '0')}`

/** Returns the index of a UUID of `uuidOf`; -1 for one of another namespace. */
export function indexOfUuid(namespace: number, uuid: string): number {
  const index = Number.parseInt(uuid.slice(-12), 16)
  return uuid === uuidOf(namespace, index) ? index : -1
}

/** Returns an amount in hundredths whose shortest text has two fraction digits, so that every parser keeps its digits. */
export const amountOf = (index: number): number => ((index * 7919) % 99_991) * 10 + 1 + (index % 9)

/** Returns hundredths as a number of major units. */
export const majorUnits = (hundredths: number): number => hundredths / 100
