import { beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'
import { type ClientEvent, logClientEvents } from '../../src/upstream/events.ts'

const failed = {
  kind: 'call-failed',
  operation: 'listThings',
  code: 'UPSTREAM_ERROR',
  status: 500,
  attempt: 3,
} as const
const refused = { kind: 'call-refused', operation: 'listThings' } as const

let lines: Record<string, unknown>[]
let clock: number
let tell: (event: ClientEvent) => void

beforeEach(() => {
  lines = []
  clock = 0
  const log = createLog('debug', (line) => {
    const { time: _, ...told } = JSON.parse(line)
    lines.push(told)
  })
  tell = logClientEvents(log, { provider: 'TEST' }, () => clock)
})

describe('logClientEvents()', () => {
  it.each<[ClientEvent, object]>([
    [
      {
        kind: 'attempt-failed',
        operation: 'getThing',
        code: 'UPSTREAM_UNAVAILABLE',
        status: null,
        attempt: 1,
        pauseMs: 7,
      },
      {
        level: 'debug',
        message: 'upstream request failed and is repeated',
        operation: 'getThing',
        code: 'UPSTREAM_UNAVAILABLE',
        status: null,
        attempt: 1,
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
    [refused, { level: 'warn', message: 'too many upstream requests are waiting', operation: 'listThings' }],
    [
      { kind: 'breaker-changed', circuit: 'collection', change: { state: 'open', pauseMs: 1000 } },
      { level: 'warn', message: 'upstream keeps failing', circuit: 'collection', pauseMs: 1000 },
    ],
    [
      { kind: 'breaker-changed', circuit: 'collection', change: { state: 'half-open' } },
      { level: 'info', message: 'upstream is tried again', circuit: 'collection' },
    ],
    [
      { kind: 'breaker-changed', circuit: 'collection', change: { state: 'closed' } },
      { level: 'info', message: 'upstream answers again', circuit: 'collection' },
    ],
  ])('writes one line for %o', (event, line) => {
    tell(event)
    expect(lines).toEqual([{ provider: 'TEST', ...line }])
  })

  it('writes at most ten lines of failures in ten seconds, and counts the others in the next line', () => {
    for (let i = 0; i < 500; i++) tell(i % 2 ? failed : refused)
    expect(lines).toHaveLength(10)
    clock = 9999
    tell(failed)
    expect(lines).toHaveLength(10)
    clock = 10_000
    tell(failed)
    tell(failed)
    expect(lines.map(({ unlogged }) => unlogged)).toEqual([...Array(10).fill(undefined), 491, undefined])
  })

  it('writes down every change of the breaker, also among many failures', () => {
    for (let i = 0; i < 100; i++) tell(failed)
    tell({ kind: 'breaker-changed', circuit: 'collection', change: { state: 'open', pauseMs: 1000 } })
    expect(lines.at(-1)).toMatchObject({ message: 'upstream keeps failing' })
  })
})
