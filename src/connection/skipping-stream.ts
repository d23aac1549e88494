import { DerivedStream } from '../ledger/derived-stream.ts'
import type { Accepts, RowStream } from '../ledger/ledger.ts'
import { digestOf } from '../ledger/position.ts'
import type { SkippedRow } from './cut.ts'

/** Rows of one instant that are read at a time to find one of them. */
const ROWS_OF_INSTANT = 20

/**
 * A stream that starts at an instant, without its rows of that instant up to a given one. Where that row has been deleted
 * it has all of them: rows may be repeated, and none is skipped.
 */
export class SkippingStream<T> extends DerivedStream<T> {
  readonly #skipped: SkippedRow
  #hasSkipped = false

  constructor(stream: RowStream<T>, skipped: SkippedRow) {
    super(stream)
    this.#skipped = skipped
  }

  async fill(count: number): Promise<void> {
    if (!this.#hasSkipped) await this.#skip(count)
    await this.stream.fill(count)
  }

  /** Removes the rows of the instant up to the given one. */
  async #skip(count: number): Promise<void> {
    const { instant, row, isKept } = this.#skipped
    const { buffer } = this.stream
    // The row itself is expected in front of those that are wanted.
    await this.stream.fill(count + 1)
    for (let index = 0; ; index++) {
      if (index >= buffer.length && !this.stream.isEnded) await this.stream.fill(index + ROWS_OF_INSTANT)
      const next = buffer[index]
      if (next?.instant !== instant) break
      if (digestOf(next.row.id) !== row) continue
      buffer.splice(0, isKept ? index : index + 1)
      break
    }
    this.#hasSkipped = true
  }

  hasPrevious(_accepts: Accepts<T> | null): boolean | null {
    return null
  }
}
