import {
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
} from '@opentelemetry/api'
import type { AttemptEnd, RequestTrace, SharedRequestTrace, TracedRequest } from '../operation.ts'
import { attemptAttributes, failureAttributes, requestAttributes } from './attributes.ts'
import { traceparentOf } from './trace-context.ts'

/** The code of a request that ended because nobody waited for it. It is no failure. */
const CANCELLED = 'CANCELLED'

/** The spans of one operation, for its requests. */
export interface SpanParent {
  readonly tracer: Tracer
  /** The context of the operation's span. */
  readonly context: Context
  /** Sends the context of each attempt to the provider when true. */
  readonly sendsContext: boolean
}

const nameOf = ({ provider, operation }: TracedRequest) => `${provider} ${operation}`

/** Ends a span with the code of a failure, which may be null. */
function endSpan(span: Span, attributes: Attributes, failure: string | null): void {
  span.setAttributes(attributes)
  if (failure !== null && failure !== CANCELLED) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(performance.now())
}

/** The spans of a request that an operation sends: one for each attempt, or one for a request that was never sent. */
export class RequestSpans implements RequestTrace {
  readonly #parent: SpanParent
  readonly #request: TracedRequest
  readonly #createdAt = performance.now()
  #attempts = 0
  /** Of the attempt in flight; null between attempts. */
  #span: Span | null = null
  #latest: SpanContext | null = null

  constructor(parent: SpanParent, request: TracedRequest) {
    this.#parent = parent
    this.#request = request
  }

  /** The context of the latest attempt's span; null before the first attempt. */
  get latest(): SpanContext | null {
    return this.#latest
  }

  beginAttempt(waitedMs: number): Readonly<Record<string, string>> | null {
    this.#attempts++
    const span = this.#start(SpanKind.CLIENT, performance.now(), { 'gateway.queue_wait_ms': Math.round(waitedMs) })
    this.#span = span
    this.#latest = span.spanContext()
    return this.#parent.sendsContext ? { traceparent: traceparentOf(this.#latest) } : null
  }

  endAttempt(end: AttemptEnd): void {
    const span = this.#span
    this.#span = null
    if (span !== null) endSpan(span, attemptAttributes(end), end.failure)
  }

  fail(failure: string): void {
    if (this.#attempts === 0) this.#span = this.#start(SpanKind.INTERNAL, this.#createdAt, {})
    const span = this.#span
    this.#span = null
    if (span !== null) endSpan(span, failureAttributes(failure), failure)
  }

  #start(kind: SpanKind, startTime: number, more: Attributes): Span {
    const attributes = { ...requestAttributes(this.#request), 'gateway.attempt': this.#attempts, ...more }
    return this.#parent.tracer.startSpan(nameOf(this.#request), { kind, startTime, attributes }, this.#parent.context)
  }
}

/** The span of an operation that waits for a request of another one. It has a link to the latest attempt of that request. */
export class SharedRequestSpan implements SharedRequestTrace {
  readonly #span: Span
  readonly #sent: RequestSpans | null

  constructor({ tracer, context }: SpanParent, request: TracedRequest, sent: RequestSpans | null) {
    const attributes = { ...requestAttributes(request), 'gateway.shared': true }
    const startTime = performance.now()
    this.#span = tracer.startSpan(nameOf(request), { kind: SpanKind.INTERNAL, startTime, attributes }, context)
    this.#sent = sent
  }

  end(rows: number, failure: string | null): void {
    const latest = this.#sent?.latest
    if (latest) this.#span.addLink({ context: latest })
    endSpan(this.#span, { ...failureAttributes(failure), 'gateway.rows': rows }, failure)
  }
}

/** Records an answer out of the cache as a span without duration. */
export function recordCacheHit({ tracer, context }: SpanParent, request: TracedRequest, rows: number): void {
  const startTime = performance.now()
  const attributes = { ...requestAttributes(request), 'gateway.cache': 'hit', 'gateway.rows': rows }
  tracer.startSpan(nameOf(request), { kind: SpanKind.INTERNAL, startTime, attributes }, context).end(startTime)
}
