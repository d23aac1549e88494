import { type Accepts, isAccepted, LedgerRefusedError, type RowStream, type StreamRow } from '../ledger/ledger.ts'
import { digestOf, isAhead, type ScanDirection } from '../ledger/position.ts'
import type { Instant } from '../values/instant.ts'

/** One source of a merge. */
export interface MergeInput<T> {
  readonly stream: RowStream<T>
  /** The residual predicate, after the source's own filter; null where nothing is left to check. */
  readonly accepts: Accepts<T> | null
  /** True where `accepts` only guards against rows that the provider should not have sent. */
  readonly isDefensiveFilter: boolean
  /** Called once with each row, in order: true from the first row on that lies beyond the end of the walk. */
  readonly isBeyondBound: ((row: StreamRow<T>) => boolean) | null
  /** Set where only the rows show whether the bound is ahead of the start; see `Tie`. Null once that is known. */
  tie: Tie | null
  /** Why the source cannot be read any further; null while it can. */
  error: Error | null
  /** The last row that was taken, wanted or not. */
  last: StreamRow<T> | null
  /** True when the walk has come to its end in this source. */
  isDone: boolean
}

/**
 * The bound of a walk whose row shares the instant of the start, in a list without offsets. It is ahead when it is among the
 * next rows of that instant; otherwise the range between the two cursors is empty.
 */
export interface Tie {
  readonly instant: Instant
  readonly digest: string
}

/** A wanted row, with what the positions of all inputs at that moment follow from. */
export interface MergedRow<T> {
  readonly input: number
  readonly row: StreamRow<T>
  /** The next row of the same input, where it was known. */
  readonly next: StreamRow<T> | null
  /** The number of rows that were taken before it, from all inputs. */
  readonly step: number
}

/** The position of an input: behind the last row that was taken from it, or else in front of the next one. */
export interface InputPosition<T> {
  readonly last: StreamRow<T> | null
  readonly next: StreamRow<T> | null
}

/** The rows that were taken from one input. */
class InputLog<T> {
  readonly #rows: StreamRow<T>[] = []
  readonly #steps: number[] = []

  add(row: StreamRow<T>, step: number): void {
    this.#rows.push(row)
    this.#steps.push(step)
  }

  /** The position of the input at a step of the merge. */
  positionAt(step: number, head: StreamRow<T> | null): InputPosition<T> {
    let taken = 0
    for (let end = this.#steps.length; taken < end; ) {
      const middle = (taken + end) >> 1
      if (this.#steps[middle]! <= step) taken = middle + 1
      else end = middle
    }
    return { last: this.#rows[taken - 1] ?? null, next: this.#rows[taken] ?? head }
  }
}

/** Rows of one instant that are read at a time to find a bound among them. */
const TIE_ROWS = 20

const isFinished = <T>({ error, isDone, stream }: MergeInput<T>) =>
  error !== null || isDone || (stream.isEnded && stream.buffer.length === 0)

/** Returns true when an input shows its next row, or has none. */
const isReady = <T>(input: MergeInput<T>) => isFinished(input) || (input.tie === null && input.stream.buffer.length > 0)

async function fill<T>(input: MergeInput<T>, count: number): Promise<void> {
  try {
    await input.stream.fill(count)
  } catch (error) {
    if (error instanceof LedgerRefusedError) throw error
    input.error = error instanceof Error ? error : new Error('A source failed.', { cause: error })
  }
}

/** Reads the rows of a tie's instant, and ends the input when the bound is not among them. */
async function resolveTie<T>(input: MergeInput<T>, { instant, digest }: Tie): Promise<void> {
  const { stream } = input
  input.tie = null
  for (let index = 0; ; index++) {
    if (index >= stream.buffer.length && !stream.isEnded) await fill(input, index + TIE_ROWS)
    const next = stream.buffer[index]
    if (input.error !== null || (next && digestOf(next.row.id) === digest)) return
    if (next && next.instant === instant) continue
    input.isDone = true
    return
  }
}

/**
 * The k-way merge of several sources. Between sources the entry goes first that is next in the direction of the scan;
 * entries of one instant go in the order of the inputs, or against it when the scan is towards newer ones. Within a source
 * its own order is kept, also where that is not by time: positions would be wrong otherwise.
 */
export class Merge<T> {
  readonly inputs: readonly MergeInput<T>[]
  /** True when the budget for reading ran out before the walk came to its end. */
  isBudgetExhausted = false
  readonly #direction: ScanDirection
  readonly #budget: number
  readonly #isFiltered: boolean
  /** The head of each input that `isBeyondBound` was called with. */
  readonly #checked = new Map<MergeInput<T>, StreamRow<T>>()
  readonly #peeked: MergedRow<T>[] = []
  /** The rows taken from each input, where there are several; one input alone is where its last row says. */
  readonly #logs: readonly InputLog<T>[]
  #chunk = 1
  #steps = 0

  /** @param budget rows that may be read to find wanted ones among them */
  constructor(inputs: readonly MergeInput<T>[], direction: ScanDirection, budget: number) {
    this.inputs = inputs
    this.#direction = direction
    this.#budget = budget
    this.#isFiltered = inputs.some(({ accepts, isDefensiveFilter }) => accepts !== null && !isDefensiveFilter)
    this.#logs = inputs.length > 1 ? inputs.map(() => new InputLog<T>()) : []
  }

  positions(): readonly InputPosition<T>[] {
    return this.inputs.map(({ last, stream }) => ({ last, next: stream.buffer[0] ?? null }))
  }

  /** The position of every input when a row was taken. */
  positionsAt({ input, row, next, step }: MergedRow<T>): readonly InputPosition<T>[] {
    return this.inputs.map(({ stream }, index) =>
      index === input ? { last: row, next } : this.#logs[index]!.positionAt(step, stream.buffer[0] ?? null),
    )
  }

  /**
   * The next wanted rows; fewer when the sources end, fail, or the budget is exhausted.
   * @throws {LedgerRefusedError} when a source turns out not to be offered; other failures end their input
   */
  async take(count: number): Promise<readonly MergedRow<T>[]> {
    const taken = this.#peeked.splice(0, count)
    while (taken.length < count) {
      const missing = count - taken.length
      this.#chunk = this.#isFiltered ? Math.max(this.#chunk, missing) : missing
      const row = this.#nextBuffered() ?? (await this.#next())
      if (row === null) break
      taken.push(row)
    }
    return taken
  }

  /** Returns true when another wanted row follows, and when a source that failed, or the budget, hides whether one does. */
  async hasMore(): Promise<boolean> {
    const isCut = () => this.isBudgetExhausted || this.inputs.some(({ error }) => error !== null)
    if (this.#peeked.length > 0 || isCut()) return true
    if (!this.#isFiltered) {
      if (this.inputs.some(({ stream, isBeyondBound }) => stream.hasMore && !isBeyondBound)) return true
      this.#chunk = 1
    }
    const row = this.#nextBuffered() ?? (await this.#next())
    if (row !== null) this.#peeked.push(row)
    return row !== null || isCut()
  }

  #checkHead(input: MergeInput<T>): void {
    const head = input.stream.buffer[0]
    if (input.isDone || !input.isBeyondBound || !head || this.#checked.get(input) === head) return
    this.#checked.set(input, head)
    input.isDone = input.isBeyondBound(head)
  }

  /** Reads until every input shows its next row. Returns false when that would exceed the budget. */
  async #fillHeads(): Promise<boolean> {
    const empty = this.inputs.filter((input) => input.stream.buffer.length === 0 && !isFinished(input))
    if (empty.length > 0) {
      const rowsRead = this.inputs.reduce((sum, { stream }) => sum + stream.rowsRead, 0)
      if (this.#isFiltered && rowsRead >= this.#budget) {
        this.isBudgetExhausted = true
        return false
      }
      const count = this.#isFiltered ? Math.min(this.#chunk, this.#budget - rowsRead) : this.#chunk
      await Promise.all(empty.map((input) => fill(input, count)))
    }
    for (const input of this.inputs) if (input.tie !== null) await resolveTie(input, input.tie)
    return true
  }

  #precedes(a: Instant | null, b: Instant | null): boolean {
    return a !== b && (a === null || (b !== null && isAhead(this.#direction, b, a)))
  }

  /** The index of the input whose head is next; -1 where there is none. */
  #leader(): number {
    let best = -1
    let leader: StreamRow<T> | null = null
    for (let index = 0; index < this.inputs.length; index++) {
      const input = this.inputs[index]!
      const head = input.stream.buffer[0]
      if (!head || isFinished(input)) continue
      const isTie = leader !== null && leader.instant === head.instant
      if (!leader || this.#precedes(head.instant, leader.instant) || (isTie && this.#direction === 'newer')) {
        best = index
        leader = head
      }
    }
    return best
  }

  /** Takes the head of the input that is next. Returns null when it is not wanted, or when there is none. */
  #takeHead(): MergedRow<T> | null {
    const leader = this.#leader()
    const input = this.inputs[leader]
    const row = input?.stream.buffer.shift()
    if (!input || !row) return null
    input.last = row
    const step = this.#steps++
    this.#logs[leader]?.add(row, step)
    if (isAccepted(row.row, input.accepts)) return { input: leader, row, next: input.stream.buffer[0] ?? null, step }
    // The longer nothing is found, the more is read at a time.
    if (this.#isFiltered && input.stream.buffer.length === 0) this.#chunk *= 2
    return null
  }

  /** Takes rows until a wanted one comes, without waiting. Returns null when an input has to be read first, or at the end. */
  #nextBuffered(): MergedRow<T> | null {
    while (this.inputs.every(isReady)) {
      for (const input of this.inputs) this.#checkHead(input)
      const row = this.#takeHead()
      if (row !== null || this.inputs.every(isFinished)) return row
    }
    return null
  }

  /** Takes rows, wanted or not, until a wanted one comes. */
  async #next(): Promise<MergedRow<T> | null> {
    while (await this.#fillHeads()) {
      const row = this.#nextBuffered()
      if (row !== null || this.inputs.every(isFinished)) return row
    }
    return null
  }
}
