import { type Context, ROOT_CONTEXT, type SpanContext, type TextMapGetter, TraceFlags } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'

/** Reads headers by their names in lower case. */
export interface TraceHeaders {
  get(name: string): string | null
}

const propagator = new W3CTraceContextPropagator()
const getter: TextMapGetter<TraceHeaders> = {
  get: (headers, name) => headers.get(name) ?? undefined,
  keys: () => [],
}

/**
 * Returns the context of the span that the caller's headers `traceparent` and `tracestate` name, or an empty one when they are
 * missing or invalid. Baggage is never read.
 */
export const readTraceContext = (headers: TraceHeaders): Context =>
  headers.get('traceparent') === null ? ROOT_CONTEXT : propagator.extract(ROOT_CONTEXT, headers, getter)

/** Returns a span as the value of the header `traceparent`. */
export const traceparentOf = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED) === 0 ? '00' : '01'}`
