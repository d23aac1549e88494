import { describe, expect, it } from 'vitest'
import {
  UpstreamAuthError,
  UpstreamNetworkError,
  UpstreamRateLimitError,
  UpstreamTimeoutError,
} from '../../src/errors.ts'
import { causeOf, networkCodeOf } from '../../src/upstream/cause.ts'

const context = { provider: 'BANK', operation: 'listEntries' }
const withCode = (code: unknown) => Object.assign(new Error('connect to 10.0.0.1 failed'), { code })

describe('networkCodeOf()', () => {
  it.each(['ENOTFOUND', 'ECONNREFUSED', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'DEPTH_ZERO_SELF_SIGNED_CERT'])(
    'returns %s',
    (code) => {
      expect(networkCodeOf(withCode(code))).toBe(code)
    },
  )

  it.each([undefined, null, 401, '', 'getaddrinfo bank.example', 'bank.example', 'E'.repeat(65)])(
    'returns null for a code of %j',
    (code) => {
      expect(networkCodeOf(withCode(code))).toBeNull()
    },
  )

  it('returns the code of the error inside of an error that has none', () => {
    const both = new AggregateError([withCode('ECONNREFUSED'), withCode('ENETUNREACH')])
    const wrapped = new TypeError('fetch failed', { cause: both })
    expect([both, wrapped, Object.assign(wrapped, { code: 'bank.example' })].map(networkCodeOf)).toEqual(
      Array(3).fill('ECONNREFUSED'),
    )
    const circular = new Error('circular')
    circular.cause = circular
    expect(networkCodeOf(circular)).toBeNull()
  })

  it('returns null for an error without a code, and for anything else', () => {
    expect([new Error('ENOTFOUND'), 'ENOTFOUND', null].map(networkCodeOf)).toEqual([null, null, null])
  })
})

describe('causeOf()', () => {
  it.each([
    [new UpstreamAuthError({ ...context, status: 401 }), '401'],
    [new UpstreamRateLimitError({ ...context, retryAfterMs: null }), '429'],
    [new UpstreamNetworkError({ ...context, cause: withCode('ENOTFOUND') }), 'ENOTFOUND'],
    [new UpstreamNetworkError({ ...context, cause: withCode('bank.example') }), 'UPSTREAM_UNAVAILABLE'],
    [new UpstreamTimeoutError({ ...context, timeoutMs: 1 }), 'UPSTREAM_TIMEOUT'],
  ])('of %s is %s', (error, cause) => {
    expect(causeOf(error)).toBe(cause)
  })
})
