import { type Context, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import type { RequestTrace, SharedRequestTrace, StartedTrace, TracedEnd, TracedRequest } from '../operation.ts'
import { operationAttributes } from './attributes.ts'
import { RequestSpans, recordCacheHit, SharedRequestSpan, type SpanParent } from './request-spans.ts'

/** The name of an operation's span, until the kind of the operation is known. Names of callers are attributes. */
const UNKNOWN_OPERATION = 'operation'

export interface OperationSpanOptions {
  readonly tracer: Tracer
  /** The context of the caller's span, or an empty one. */
  readonly parent: Context
  /** On the clock of `performance.now()`. */
  readonly startedAt: number
  readonly sendsContext: boolean
}

/** The span of one operation, with the spans of its requests below it. */
export class OperationSpan implements StartedTrace {
  readonly #span: Span
  readonly #parent: SpanParent
  /** False when the sampler has decided against this trace. */
  readonly #isRecorded: boolean
  /** The requests of which the operation has a span. */
  readonly #followed = new Set<RequestTrace>()

  constructor({ tracer, parent, startedAt, sendsContext }: OperationSpanOptions) {
    this.#span = tracer.startSpan(UNKNOWN_OPERATION, { kind: SpanKind.SERVER, startTime: startedAt }, parent)
    this.#isRecorded = this.#span.isRecording()
    this.#parent = { tracer, context: trace.setSpan(parent, this.#span), sendsContext }
  }

  request(request: TracedRequest): RequestTrace | null {
    // Providers receive the context of a trace also when it is not recorded here.
    if (!this.#isRecorded && !this.#parent.sendsContext) return null
    const spans = new RequestSpans(this.#parent, request)
    this.#followed.add(spans)
    return spans
  }

  share(request: TracedRequest, sent: RequestTrace | null): SharedRequestTrace | null {
    if (!this.#isRecorded || (sent !== null && this.#followed.has(sent))) return null
    if (sent !== null) this.#followed.add(sent)
    return new SharedRequestSpan(this.#parent, request, sent instanceof RequestSpans ? sent : null)
  }

  cacheHit(request: TracedRequest, rows: number): void {
    if (this.#isRecorded) recordCacheHit(this.#parent, request, rows)
  }

  end(end: TracedEnd): void {
    if (!this.#isRecorded) return
    if (end.kind !== null) this.#span.updateName(end.kind)
    this.#span.setAttributes(operationAttributes(end))
    if (end.isFault) this.#span.setStatus({ code: SpanStatusCode.ERROR })
    this.#span.end(performance.now())
  }
}
