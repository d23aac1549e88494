import { DurationHistogram } from '../values/duration-histogram.ts'
import { CODE_LABELS, codeLabel } from './error-codes.ts'

/** Kinds of operations; `unknown` when the request contains no operation that can be executed. */
export const OPERATION_KINDS = ['query', 'subscription', 'unknown'] as const
export type OperationKind = (typeof OPERATION_KINDS)[number]

export const OPERATION_OUTCOMES = ['ok', 'partial', 'failed', 'aborted'] as const
export type OperationOutcome = (typeof OPERATION_OUTCOMES)[number]

/** The operations of one kind. */
export interface KindCounts {
  readonly outcomes: Record<OperationOutcome, number>
  readonly durations: DurationHistogram
}

/** The end of an operation. */
export interface OperationResult {
  readonly outcome: OperationOutcome
  /** The distinct error codes of its results. */
  readonly codes: ReadonlySet<string>
  readonly durationMs: number
  /** The number of events of a subscription. */
  readonly events?: number
}

const createKindCounts = (): KindCounts => ({
  outcomes: { ok: 0, partial: 0, failed: 0, aborted: 0 },
  durations: new DurationHistogram(),
})

/** Counts operations that have ended. The counts are plain numbers, because they are written often and read rarely. */
export class OperationCounters {
  readonly #query = createKindCounts()
  readonly #subscription = createKindCounts()
  readonly #unknown = createKindCounts()
  readonly byKind: Readonly<Record<OperationKind, KindCounts>> = {
    query: this.#query,
    subscription: this.#subscription,
    unknown: this.#unknown,
  }
  /** The number of operations with an error of each code. */
  readonly errors = new Map<string, number>(CODE_LABELS.map((label) => [label, 0]))
  /** Events of subscriptions. */
  events = 0

  /** @param kind the kind in the document; null without an operation */
  add(kind: string | null, { outcome, codes, durationMs, events = 0 }: OperationResult): void {
    const counts = kind === 'query' ? this.#query : kind === 'subscription' ? this.#subscription : this.#unknown
    counts.outcomes[outcome]++
    counts.durations.add(durationMs)
    this.events += events
    if (codes.size === 0) return
    for (const code of codes) {
      const label = codeLabel(code)
      this.errors.set(label, this.errors.get(label)! + 1)
    }
  }
}
