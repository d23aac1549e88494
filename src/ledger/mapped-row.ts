import type { Instant } from '../values/instant.ts'
import type { Row } from './ledger.ts'

/** A row whose value is mapped when it is first read: of a page of the provider, only the rows on the caller's page are. */
class MappedRow<A, B extends object> implements Row<B> {
  readonly id: string
  readonly instant: Instant | null
  readonly #row: Row<A>
  readonly #map: (value: A) => B
  #value: B | Error | null = null

  constructor(row: Row<A>, instant: Instant | null, map: (value: A) => B) {
    this.id = row.id
    this.instant = instant
    this.#row = row
    this.#map = map
  }

  get value(): B | Error {
    const { value } = this.#row
    this.#value ??= value instanceof Error ? value : this.#map(value)
    return this.#value
  }
}

/** Returns rows with their values mapped; a row whose value is an error keeps it. */
export function mapRows<A, B extends object>(rows: readonly Row<A>[], map: (value: A) => B): Row<B>[] {
  return rows.map((row) => new MappedRow(row, row.instant, map))
}

/** As {@link mapRows}, for a list whose order is not documented, so that timestamps do not prove positions. */
export function mapUnorderedRows<A, B extends object>(rows: readonly Row<A>[], map: (value: A) => B): Row<B>[] {
  return rows.map((row) => new MappedRow(row, null, map))
}
