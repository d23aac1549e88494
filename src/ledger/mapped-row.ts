import type { Instant } from '../values/instant.ts'
import type { Row } from './ledger.ts'

/** A row whose value is mapped when it is first read: of a page of the provider, only the rows on the caller's page are. */
class MappedRow<A, B extends object> implements Row<B> {
  readonly #row: Row<A>
  readonly #map: (value: A) => B
  readonly #isOrdered: boolean
  #value: B | Error | null = null

  constructor(row: Row<A>, map: (value: A) => B, isOrdered: boolean) {
    this.#row = row
    this.#map = map
    this.#isOrdered = isOrdered
  }

  get id(): string {
    return this.#row.id
  }

  get instant(): Instant | null {
    return this.#isOrdered ? this.#row.instant : null
  }

  get value(): B | Error {
    if (this.#value === null) {
      const { value } = this.#row
      this.#value = value instanceof Error ? value : this.#map(value)
    }
    return this.#value
  }
}

/** Returns rows with their values mapped; a row whose value is an error keeps it. */
export function mapRows<A, B extends object>(rows: readonly Row<A>[], map: (value: A) => B): Row<B>[] {
  return rows.map((row) => new MappedRow(row, map, true))
}

/** As {@link mapRows}, for a list whose order is not documented, so that timestamps do not prove positions. */
export function mapUnorderedRows<A, B extends object>(rows: readonly Row<A>[], map: (value: A) => B): Row<B>[] {
  return rows.map((row) => new MappedRow(row, map, false))
}
