import { isAccepted, type StreamRow } from '../ledger/ledger.ts'
import type { ScanDirection } from '../ledger/position.ts'
import { type Head, Heads } from './heads.ts'
import { InputLog, type InputPosition } from './input-log.ts'
import { fill, hasUnread, type MergeInput, resolveTie } from './merge-input.ts'

/** A wanted row, with what the positions of all inputs at that moment follow from. */
export interface MergedRow<T> {
  readonly input: number
  readonly row: StreamRow<T>
  /** The next row of the same input, where it was known. */
  readonly next: StreamRow<T> | null
  /** The number of rows that were taken before it, from all inputs. */
  readonly step: number
}

/** Rows that a first read of each of many sources brings: the next one, and the one that is next when that is taken. */
const HEAD_ROWS = 2

/** The most sources that are all read as far as the page may need; of more, only the heads are read at first. */
export const MAX_NARROW = 16
/** A row that was taken, wanted or not. */
export interface TakenRow<T> {
  /** The index of its input. */
  readonly input: number
  readonly row: StreamRow<T>
}

export interface MergeOptions<I> {
  readonly direction: ScanDirection
  /** Rows that may be read to find wanted ones among them. */
  readonly budget: number
  /**
   * Called before several inputs are read together.
   * @throws {LimitExceededError} when the operation may not send as many requests
   */
  readonly onRead?: (inputs: readonly I[]) => void
}

/**
 * The k-way merge of several sources. Between sources the entry goes first that is next in the direction of the scan;
 * entries of one instant go in the order of the inputs, or against it when the scan is towards newer ones. Within a source
 * its own order is kept, also where that is not by time: positions would be wrong otherwise.
 */
export class Merge<T, I extends MergeInput<T> = MergeInput<T>> {
  readonly inputs: readonly I[]
  /** True when the budget for reading ran out before the walk came to its end. */
  isBudgetExhausted = false
  readonly #budget: number
  readonly #onRead: MergeOptions<I>['onRead']
  readonly #isFiltered: boolean
  readonly #isWide: boolean
  /** The inputs whose next row is known. */
  readonly #heads: Heads
  /** The indices of the inputs that have to be read before any row can be taken. */
  #unread: number[] = []
  readonly #peeked: MergedRow<T>[] = []
  /** The rows taken from each input, where there are several; one input alone is where its last row says. */
  readonly #logs: (InputLog<T> | undefined)[] = []
  /** Wanted rows that the caller still lacks. */
  #missing = 1
  #chunk = 1
  #headRows = HEAD_ROWS
  #rowsRead = 0
  #steps = 0

  constructor(inputs: readonly I[], { direction, budget, onRead }: MergeOptions<I>) {
    this.inputs = inputs
    // The heads of many sources are read whatever is wanted.
    this.#budget = inputs.length > MAX_NARROW ? budget + inputs.length * HEAD_ROWS : budget
    this.#onRead = onRead
    this.#isFiltered = inputs.some(({ accepts, isDefensiveFilter }) => accepts !== null && !isDefensiveFilter)
    this.#isWide = inputs.length > MAX_NARROW
    this.#heads = new Heads(direction)
    for (let index = 0; index < inputs.length; index++) this.#place(index)
  }

  positions(): readonly InputPosition<T>[] {
    return this.inputs.map(({ last, stream }) => ({ last, next: stream.buffer[0] ?? null }))
  }

  /** The position of every input when a row was taken. */
  positionsAt({ input, row, next, step }: MergedRow<T>): readonly InputPosition<T>[] {
    return this.inputs.map(({ stream }, index) => {
      if (index === input) return { last: row, next }
      const head = stream.buffer[0] ?? null
      return this.#logs[index]?.positionAt(step, head) ?? { last: null, next: head }
    })
  }

  /** Where one of several inputs was after so many steps: the last row that was taken from it, and those known to follow. */
  inputAt(
    index: number,
    steps: number,
  ): { readonly last: StreamRow<T> | null; readonly following: readonly StreamRow<T>[] } {
    const { buffer } = this.inputs[index]!.stream
    return this.#logs[index]?.stateAt(steps - 1, buffer) ?? { last: null, following: buffer }
  }

  /** The first steps with which all rows of one of several inputs were taken, of so many steps; 0 where none was. */
  lastStep(index: number, steps: number): number {
    return this.#logs[index]?.lastStep(steps - 1) ?? 0
  }

  /** The rows that were taken so far, wanted or not, in their order. */
  takenRows(): readonly TakenRow<T>[] {
    const taken = new Array<TakenRow<T>>(this.#steps)
    this.#logs.forEach((log, input) => {
      log?.forEach((row, step) => {
        taken[step] = { input, row }
      })
    })
    return taken
  }

  /**
   * The next wanted rows; fewer when the sources end, fail, or the budget is exhausted.
   * @throws {LedgerRefusedError} when a source turns out not to be offered; other failures end their input
   */
  async take(count: number): Promise<readonly MergedRow<T>[]> {
    const taken = this.#peeked.splice(0, count)
    while (taken.length < count) {
      this.#expect(count - taken.length)
      const row = this.#nextBuffered() ?? (await this.#next())
      if (row === null) break
      taken.push(row)
    }
    return taken
  }

  /** Takes all rows, wanted or not; `rows` at a time from each input. */
  async drain(rows: number): Promise<void> {
    this.#headRows = Math.max(HEAD_ROWS, rows)
    do this.#expect(this.#headRows)
    while (this.#nextBuffered() !== null || (await this.#next()) !== null)
  }

  /** Returns true when another wanted row follows, and when a source that failed, or the budget, hides whether one does. */
  async hasMore(): Promise<boolean> {
    const isCut = () => this.isBudgetExhausted || this.inputs.some(({ error }) => error !== null)
    if (this.#peeked.length > 0 || isCut()) return true
    if (!this.#isFiltered) {
      if (this.inputs.some(hasUnread)) return true
      this.#chunk = 1
    }
    this.#missing = 1
    const row = this.#nextBuffered() ?? (await this.#next())
    if (row !== null) this.#peeked.push(row)
    return row !== null || isCut()
  }

  #expect(missing: number): void {
    this.#missing = missing
    this.#chunk = this.#isFiltered ? Math.max(this.#chunk, missing) : missing
  }

  /** Puts an input where its next row belongs, when none of its rows is among the heads. */
  #place(index: number): void {
    const input = this.inputs[index]!
    if (input.error !== null || input.isDone) return
    const { outlook } = input
    if (outlook !== null) {
      const instant = outlook.instants[0] ?? null
      this.#heads.push({ input: index, instant, isEnd: instant === null })
      return
    }
    const row = input.stream.buffer[0]
    if (!row) {
      if (!input.stream.isEnded) this.#unread.push(index)
    } else if (input.isBeyondBound?.(row)) input.isDone = true
    else this.#heads.push({ input: index, instant: row.instant, isEnd: false })
  }

  /** The rows to read from the inputs that have to be read before any row can be taken, by their indices. */
  #unreadRows(chunk: number): Map<number, number> {
    const unread = this.#unread
    this.#unread = []
    const isHead = (index: number) => this.#isWide && this.inputs[index]!.stream.rowsRead === 0
    return new Map(unread.map((index) => [index, isHead(index) ? Math.min(this.#headRows, chunk) : chunk]))
  }

  /**
   * The rows to read from the inputs that come next by what is known of them, when the next row is one of those: as many as
   * the missing rows would take from each, and some more to show what follows.
   */
  #expectedRows(): Map<number, number> {
    const expected = new Map<number, number>()
    const first = this.#heads.first()
    if (first?.isEnd) {
      for (const { input } of this.#heads.all()) expected.set(input, HEAD_ROWS)
      return expected
    }
    const heads = this.#heads.copy()
    for (let missing = this.#missing; missing > 0; missing--) {
      const head = heads.first()
      if (!head || head.isEnd) break
      const input = this.inputs[head.input]!
      const count = (expected.get(head.input) ?? 0) + 1
      expected.set(head.input, count)
      const following = input.outlook ? input.outlook.instants[count] : input.stream.buffer[count]?.instant
      if (following === undefined) heads.removeFirst()
      else heads.replaceFirst({ ...head, instant: following })
    }
    const unread = [...expected].filter(([index]) => this.inputs[index]!.outlook !== null)
    return new Map(unread.map(([index, count]) => [index, 2 * count + HEAD_ROWS]))
  }

  async #fill(input: MergeInput<T>, count: number): Promise<void> {
    const before = input.stream.rowsRead
    await fill(input, count)
    this.#rowsRead += input.stream.rowsRead - before
  }

  /**
   * The rows that may still be read to find a wanted one. Until a row is taken, each input may be read once: a walk that ends
   * before one would return the same cursor again, and never come further.
   */
  #rowsLeft(): number {
    const left = this.#budget - this.#rowsRead
    return this.#steps === 0 ? Math.max(1, left) : left
  }

  /** Reads until every input shows its next row. Returns false when that would exceed the budget. */
  async #readHeads(): Promise<boolean> {
    const left = this.#isFiltered ? this.#rowsLeft() : this.#chunk
    if (left <= 0) {
      this.isBudgetExhausted = true
      return false
    }
    const wanted = this.#unread.length > 0 ? this.#unreadRows(Math.min(this.#chunk, left)) : this.#expectedRows()
    const inputs = [...wanted.keys()].map((index) => this.inputs[index]!)
    if (inputs.length > 1) this.#onRead?.(inputs)
    const isExpected = new Set(inputs.filter(({ outlook }) => outlook !== null))
    await Promise.all([...wanted].map(([index, count]) => this.#fill(this.inputs[index]!, count)))
    for (const input of inputs) if (input.tie !== null) await resolveTie(input, input.tie)
    if (isExpected.size > 0) this.#heads.removeAll(({ input }) => isExpected.has(this.inputs[input]!))
    for (const index of wanted.keys()) this.#place(index)
    return true
  }

  /** Takes the first head. Returns null when its row is not wanted. */
  #takeFirst(head: Head): MergedRow<T> | null {
    const { input: index } = head
    const input = this.inputs[index]!
    const row = input.stream.buffer.shift()!
    const next = input.stream.buffer[0] ?? null
    input.last = row
    const step = this.#steps++
    if (this.inputs.length > 1) {
      this.#logs[index] ??= new InputLog<T>()
      this.#logs[index].add(row, step)
    }
    if (next === null || input.isBeyondBound) {
      this.#heads.removeFirst()
      this.#place(index)
    } else {
      head.instant = next.instant
      this.#heads.replaceFirst(head)
    }
    if (isAccepted(row.row, input.accepts)) return { input: index, row, next, step }
    // The longer nothing is found, the more is read at a time.
    if (this.#isFiltered && next === null) this.#chunk *= 2
    return null
  }

  /** Takes rows until a wanted one comes, without waiting. Returns null when an input has to be read first, or at the end. */
  #nextBuffered(): MergedRow<T> | null {
    while (this.#unread.length === 0) {
      const head = this.#heads.first()
      if (head === undefined || this.inputs[head.input]!.outlook !== null) return null
      const row = this.#takeFirst(head)
      if (row !== null) return row
    }
    return null
  }

  /** Takes rows, wanted or not, until a wanted one comes. */
  async #next(): Promise<MergedRow<T> | null> {
    while (this.#unread.length > 0 || this.#heads.first() !== undefined) {
      if (!(await this.#readHeads())) return null
      const row = this.#nextBuffered()
      if (row !== null) return row
    }
    return null
  }
}
