import { beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'
import { type ClientEvent, logClientEvents } from '../../src/upstream/events.ts'

const failed = {
  kind: 'call-failed',
  operation: 'listThings',
  code: 'UPSTREAM_ERROR',
  status: 500,
  cause: null,
  attempt: 3,
  requestIds: [],
} as const
const refused = { kind: 'call-rejected', operation: 'listThings', requestIds: [] } as const

let lines: Record<string, unknown>[]
let clock: number
let logEvent: (event: ClientEvent) => void

beforeEach(() => {
  lines = []
  clock = 0
  const log = createLog('debug', (line) => {
    const { time: _, ...fields } = JSON.parse(line)
    lines.push(fields)
  })
  logEvent = logClientEvents(log, { provider: 'TEST' }, () => clock)
})

describe('logClientEvents()', () => {
  it.each<[ClientEvent, object]>([
    [
      {
        kind: 'attempt-failed',
        operation: 'getThing',
        code: 'UPSTREAM_UNAVAILABLE',
        status: null,
        cause: 'ECONNREFUSED',
        attempt: 1,
        requestIds: ['r1'],
        pauseMs: 7,
      },
      {
        level: 'debug',
        message: 'upstream request failed, retrying',
        operation: 'getThing',
        code: 'UPSTREAM_UNAVAILABLE',
        status: null,
        cause: 'ECONNREFUSED',
        attempt: 1,
        requestId: 'r1',
        pauseMs: 7,
      },
    ],
    [
      failed,
      {
        level: 'warn',
        message: 'upstream request failed',
        operation: 'listThings',
        code: 'UPSTREAM_ERROR',
        status: 500,
        attempt: 3,
      },
    ],
    [refused, { level: 'warn', message: 'upstream queue is full', operation: 'listThings' }],
    [
      { kind: 'breaker-changed', circuit: 'collection', change: { state: 'open', pauseMs: 1000 } },
      { level: 'warn', message: 'circuit breaker opened', circuit: 'collection', pauseMs: 1000 },
    ],
    [
      { kind: 'breaker-changed', circuit: 'collection', change: { state: 'half-open' } },
      { level: 'info', message: 'circuit breaker half-open', circuit: 'collection' },
    ],
    [
      { kind: 'breaker-changed', circuit: 'collection', change: { state: 'closed' } },
      { level: 'info', message: 'circuit breaker closed', circuit: 'collection' },
    ],
  ])('writes one line for %o', (event, line) => {
    logEvent(event)
    expect(lines).toEqual([{ provider: 'TEST', ...line }])
  })

  it('names one request in a field of its own, and at most four others that wait for the same answer', () => {
    for (const count of [0, 1, 2, 5, 6])
      logEvent({ ...failed, requestIds: ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, count) })
    expect(lines.map(({ requestId, sharedWith }) => ({ requestId, sharedWith }))).toEqual([
      {},
      { requestId: 'a' },
      { requestId: 'a', sharedWith: ['b'] },
      { requestId: 'a', sharedWith: ['b', 'c', 'd', 'e'] },
      { requestId: 'a', sharedWith: ['b', 'c', 'd', 'e'] },
    ])
    logEvent({ ...refused, requestIds: ['a', 'b'] })
    expect(lines.at(-1)).toMatchObject({ message: 'upstream queue is full', requestId: 'a', sharedWith: ['b'] })
  })

  it('writes at most ten lines of failures in ten seconds, and counts those left out in the next line', () => {
    for (let i = 0; i < 500; i++) logEvent(i % 2 ? failed : refused)
    expect(lines).toHaveLength(10)
    clock = 9999
    logEvent(failed)
    expect(lines).toHaveLength(10)
    clock = 10_000
    logEvent(failed)
    logEvent(failed)
    expect(lines.map(({ unlogged }) => unlogged)).toEqual([...Array(10).fill(undefined), 491, undefined])
  })

  it('logs every change of the breaker, even among many failures', () => {
    for (let i = 0; i < 100; i++) logEvent(failed)
    logEvent({ kind: 'breaker-changed', circuit: 'collection', change: { state: 'open', pauseMs: 1000 } })
    expect(lines.at(-1)).toMatchObject({ message: 'circuit breaker opened' })
  })
})
