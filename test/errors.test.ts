import { describe, expect, it } from 'vitest'
import * as errors from '../src/errors.ts'

const context = { provider: 'TEST', operation: 'listTransactions' }

const CASES: readonly (readonly [name: string, error: errors.GatewayError, code: string, details: object])[] = [
  ['InvalidArgumentError', new errors.InvalidArgumentError('expected a number'), 'BAD_USER_INPUT', {}],
  [
    'ProviderNotConfiguredError',
    new errors.ProviderNotConfiguredError('TEST'),
    'PROVIDER_NOT_CONFIGURED',
    { provider: 'TEST' },
  ],
  ['RateLimitedError', new errors.RateLimitedError('too many', 500), 'RATE_LIMITED', { retryAfterMs: 500 }],
  [
    'CircuitOpenError',
    new errors.CircuitOpenError({ ...context, retryAfterMs: 500 }),
    'UPSTREAM_UNAVAILABLE',
    { ...context, retryAfterMs: 500 },
  ],
  ['QueueFullError', new errors.QueueFullError(context), 'UPSTREAM_UNAVAILABLE', context],
  [
    'UpstreamStatusError',
    new errors.UpstreamStatusError({ ...context, status: 500 }),
    'UPSTREAM_ERROR',
    { ...context, status: 500 },
  ],
]

describe('GatewayError', () => {
  it.each(CASES)('%s has the name of its class, its code and its details', (name, error, code, details) => {
    expect({ name: error.name, code: error.code, details: error.details() }).toEqual({ name, code, details })
    expect(String(error)).toBe(`${name}: ${error.message}`)
  })

  it('keeps the original error in cause', () => {
    const cause = new Error('connect ECONNREFUSED')
    expect(new errors.UpstreamNetworkError({ ...context, cause }).cause).toBe(cause)
    expect(Object.hasOwn(new errors.UpstreamNetworkError(context), 'cause')).toBe(false)
  })

  it('adds the account to the details when it is known', () => {
    const error = new errors.QueueFullError(context)
    error.account = 'MA_1'
    expect(error.details()).toEqual({ ...context, account: 'MA_1' })
  })
})

describe('ConfigError', () => {
  it('has one line for each issue', () => {
    const error = new errors.ConfigError(['PORT: expected a number', 'HOST: expected a host'])
    expect(String(error)).toBe('ConfigError: PORT: expected a number\nHOST: expected a host')
  })
})
