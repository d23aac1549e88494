import type { OperationTrace, StartedTrace, TracedEnd, Tracing } from '../../src/operation.ts'

/** An operation that a {@link CountedTracing} has followed. */
export interface CountedOperation {
  readonly traceparent: string | null
  /** What it ended with; more than one are an error of the gateway. */
  readonly ends: TracedEnd[]
  /** Requests that were sent, and those that were shared. */
  requests: number
  shared: number
}

/** Keeps what the gateway reports of its operations. */
export class CountedTracing implements Tracing {
  readonly operations: CountedOperation[] = []
  isClosed = false

  startOperation(headers: { get(name: string): string | null }, startedAt: number): StartedTrace {
    if (startedAt > performance.now()) throw new RangeError('An operation cannot start in the future.')
    const operation: CountedOperation = { traceparent: headers.get('traceparent'), ends: [], requests: 0, shared: 0 }
    this.operations.push(operation)
    const trace: OperationTrace = {
      request() {
        operation.requests++
        return null
      },
      share() {
        operation.shared++
        return null
      },
      cacheHit() {},
    }
    return { ...trace, end: (end) => operation.ends.push(end) }
  }

  async close(): Promise<void> {
    this.isClosed = true
  }
}
