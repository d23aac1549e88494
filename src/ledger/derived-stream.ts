import type { Accepts, RowStream, StreamRow } from './ledger.ts'
import type { Position } from './position.ts'

/** A stream over the rows of another one, which it reads in a way of its own. */
export abstract class DerivedStream<T> implements RowStream<T> {
  protected readonly stream: RowStream<T>

  constructor(stream: RowStream<T>) {
    this.stream = stream
  }

  get buffer(): StreamRow<T>[] {
    return this.stream.buffer
  }

  get isEnded(): boolean {
    return this.stream.isEnded
  }

  get hasMore(): boolean {
    return this.stream.hasMore
  }

  get rowsRead(): number {
    return this.stream.rowsRead
  }

  startPosition(): Position {
    return this.stream.startPosition()
  }

  abstract fill(count: number): Promise<void>

  abstract hasPrevious(accepts: Accepts<T> | null): boolean | null
}
