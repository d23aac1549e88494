import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UpstreamNetworkError } from '../../src/errors.ts'
import { errorResponse, isRetryableStatus, parseRetryAfter, statusOf } from '../../src/upstream/status.ts'

const context = { provider: 'TEST', operation: 'listThings' }

describe('errorResponse()', () => {
  it.each<[number, string, boolean]>([
    [301, 'UpstreamStatusError', false],
    [400, 'UpstreamStatusError', false],
    [401, 'UpstreamAuthError', false],
    [403, 'UpstreamAuthError', false],
    [404, 'UpstreamStatusError', false],
    [408, 'UpstreamStatusError', true],
    [429, 'UpstreamRateLimitError', true],
    [500, 'UpstreamStatusError', true],
    [501, 'UpstreamStatusError', false],
    [503, 'UpstreamStatusError', true],
  ])('returns the error of a %i: %s, retryable: %s', (status, name, isRetryable) => {
    const error = errorResponse(context, status, 1500)
    expect(error).toMatchObject({ name, ...context })
    expect([statusOf(error), isRetryableStatus(status)]).toEqual([status, isRetryable])
  })

  it.each([429, 503])('keeps the delay of a %i', (status) => {
    expect(errorResponse(context, status, 1500).details()).toMatchObject({ retryAfterMs: 1500 })
  })

  it.each([429, 503])('has no delay for a %i without one', (status) => {
    expect(errorResponse(context, status, null).details()).not.toHaveProperty('retryAfterMs')
  })
})

describe('statusOf()', () => {
  it('returns null for an error without an answer', () => {
    expect(statusOf(new UpstreamNetworkError(context))).toBeNull()
  })
})

describe('parseRetryAfter()', () => {
  beforeEach(() => vi.useFakeTimers({ now: Date.UTC(2026, 0, 2, 3, 4, 5), toFake: ['Date'] }))
  afterEach(() => vi.useRealTimers())

  it.each<[string | string[] | undefined, number | null]>([
    [undefined, null],
    ['0', 0],
    ['120', 120_000],
    [['3', '9'], 3000],
    ['Fri, 02 Jan 2026 03:04:35 GMT', 30_000],
    ['Fri, 02 Jan 2026 03:04:00 GMT', 0],
    ['Friday', null],
    ['', null],
    ['-1', null],
    ['1.5', null],
    ['2026-01-02', null],
  ])('reads %j as %s ms', (header, expected) => {
    expect(parseRetryAfter(header)).toBe(expected)
  })
})
