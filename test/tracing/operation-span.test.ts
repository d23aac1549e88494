import { ROOT_CONTEXT } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { beforeEach, describe, expect, it } from 'vitest'
import { OperationSpan } from '../../src/tracing/operation-span.ts'

const REQUEST = { provider: 'TEST', operation: 'listThings', parameters: { page: 2, per_page: '50', search: 'text' } }

const exporter = new InMemorySpanExporter()
const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('test')

const startOperation = () =>
  new OperationSpan({ tracer, parent: ROOT_CONTEXT, startedAt: performance.now(), sendsContext: false })

beforeEach(() => exporter.reset())

describe('share()', () => {
  it('records nothing for a request that the operation itself has sent', () => {
    const operation = startOperation()
    expect(operation.share(REQUEST, operation.request(REQUEST))).toBeNull()
  })

  it('records a request of another operation once, however often the operation joins it', () => {
    const sent = startOperation().request(REQUEST)
    const operation = startOperation()
    expect(operation.share(REQUEST, sent)).not.toBeNull()
    expect(operation.share(REQUEST, sent)).toBeNull()
    expect(startOperation().share(REQUEST, sent)).not.toBeNull()
  })

  it('has a link to the latest of several attempts', () => {
    const sent = startOperation().request(REQUEST)!
    const shared = startOperation().share(REQUEST, sent)!
    for (const failure of ['503', null]) {
      sent.beginAttempt(0)
      sent.endAttempt({ status: failure === null ? 200 : 503, rows: 7, failure })
    }
    shared.end(7, null)
    const [, second, span] = exporter.getFinishedSpans()
    expect(span?.links.map(({ context }) => context)).toEqual([second?.spanContext()])
  })

  it('has no link to a request that was never sent', () => {
    const sent = startOperation().request(REQUEST)!
    const shared = startOperation().share(REQUEST, sent)!
    sent.fail('QUEUE_FULL')
    shared.end(0, 'QUEUE_FULL')
    const [, span] = exporter.getFinishedSpans()
    expect(span).toMatchObject({ links: [], attributes: { 'error.type': 'QUEUE_FULL', 'gateway.shared': true } })
  })
})

describe('request()', () => {
  it('records parameters that select a page, when they are numbers, and no others', () => {
    const request = startOperation().request(REQUEST)!
    request.beginAttempt(12.4)
    request.endAttempt({ status: 200, rows: 7, failure: null })
    expect(exporter.getFinishedSpans().map(({ attributes }) => attributes)).toEqual([
      {
        'gateway.provider': 'TEST',
        'gateway.operation': 'listThings',
        'gateway.page': 2,
        'gateway.attempt': 1,
        'gateway.queue_wait_ms': 12,
        'http.response.status_code': 200,
        'gateway.rows': 7,
      },
    ])
  })

  it('ends the attempt in flight when the request fails, and nothing after it', () => {
    const request = startOperation().request(REQUEST)!
    request.beginAttempt(0)
    request.fail('CANCELLED')
    request.fail('UNKNOWN')
    const spans = exporter.getFinishedSpans()
    expect(spans.map(({ attributes, status }) => [attributes['error.type'], status.code])).toEqual([['CANCELLED', 0]])
  })
})

describe('cacheHit()', () => {
  it('is a span without duration', () => {
    startOperation().cacheHit(REQUEST, 7)
    const [span] = exporter.getFinishedSpans()
    expect(span).toMatchObject({ name: 'TEST listThings', duration: [0, 0] })
    expect(span?.attributes).toMatchObject({ 'gateway.cache': 'hit', 'gateway.rows': 7 })
  })
})
