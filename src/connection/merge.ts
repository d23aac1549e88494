import { type Accepts, isAccepted, LedgerRefusedError, type RowStream, type StreamRow } from '../ledger/ledger.ts'
import { digestOf, type ScanDirection } from '../ledger/position.ts'
import type { Instant } from '../values/instant.ts'
import { type Head, Heads } from './heads.ts'

/** The next rows of a source as an earlier read showed them. */
export interface Outlook {
  /** The instants of the next rows, nearest first. */
  readonly instants: readonly Instant[]
  /** True when no other row followed these. */
  readonly isEnd: boolean
}

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
  /** Its next rows as an earlier read showed them: it is not read before they are next. Null where nothing is known, and once it is read. */
  outlook: Outlook | null
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

  forEach(onRow: (row: StreamRow<T>, step: number) => void): void {
    for (const [index, row] of this.#rows.entries()) onRow(row, this.#steps[index]!)
  }

  /** The number of rows that were taken with the first steps of the merge, up to one. */
  #takenBy(step: number): number {
    let taken = 0
    for (let end = this.#steps.length; taken < end; ) {
      const middle = (taken + end) >> 1
      if (this.#steps[middle]! <= step) taken = middle + 1
      else end = middle
    }
    return taken
  }

  /** The position of the input at a step of the merge. */
  positionAt(step: number, head: StreamRow<T> | null): InputPosition<T> {
    const taken = this.#takenBy(step)
    return { last: this.#rows[taken - 1] ?? null, next: this.#rows[taken] ?? head }
  }

  /** The number of steps up to the last row that was taken by a step of the merge; 0 where none was. */
  lastStep(step: number): number {
    const taken = this.#takenBy(step)
    return taken === 0 ? 0 : this.#steps[taken - 1]! + 1
  }

  /** The last row that was taken at a step of the merge, and the rows that follow it. */
  stateAt(step: number, buffer: readonly StreamRow<T>[]) {
    const taken = this.#takenBy(step)
    return { last: this.#rows[taken - 1] ?? null, following: [...this.#rows.slice(taken), ...buffer] }
  }
}

/** Rows of one instant that are read at a time to find a bound among them. */
const TIE_ROWS = 20

/** Rows that a first read of each of many sources brings: the next one, and the one that is next when that is taken. */
const HEAD_ROWS = 2

/** The most sources that are all read as far as the page may need; of more, only the heads are read at first. */
export const MAX_NARROW = 16

async function fill<T>(input: MergeInput<T>, count: number): Promise<void> {
  input.outlook = null
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

/** Returns true when rows are known to follow those that were read from an input, before any bound. */
const hasUnread = <T>(input: MergeInput<T>) =>
  !input.isBeyondBound && (input.outlook === null ? input.stream.hasMore : input.outlook.instants.length > 0)

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

  /** Reads until every input shows its next row. Returns false when that would exceed the budget. */
  async #readHeads(): Promise<boolean> {
    const left = this.#isFiltered ? this.#budget - this.#rowsRead : this.#chunk
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
