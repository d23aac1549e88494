import { describe, expect, it } from 'vitest'
import { UpstreamAuthError, UpstreamNetworkError, UpstreamStatusError } from '../../src/errors.ts'
import { nullOnStatus, pathSegment } from '../../src/upstream/endpoint.ts'

const errorContext = { provider: 'TEST', operation: 'getThing' }

describe('pathSegment()', () => {
  it('encodes the characters that would end a segment', () => {
    expect(pathSegment('a/b?c#d%é ', errorContext)).toBe('a%2Fb%3Fc%23d%25%C3%A9%20')
    expect(pathSegment('\ud800', errorContext)).toBe('%EF%BF%BD')
  })

  it.each(['', '.', '..'])('rejects %j with status 404', (value) => {
    expect(() => pathSegment(value, errorContext)).toThrow(UpstreamStatusError)
  })
})

describe('nullOnStatus()', () => {
  it('returns the answer', async () => {
    expect(await nullOnStatus(Promise.resolve('answer'), errorContext, 404)).toBe('answer')
  })

  it.each([
    new UpstreamStatusError({ ...errorContext, status: 404 }),
    new UpstreamAuthError({ ...errorContext, status: 403 }),
  ])('returns null for a status that means "not found": %s', async (error) => {
    expect(await nullOnStatus(Promise.reject(error), errorContext, 403, 404)).toBeNull()
  })

  it.each([
    new UpstreamStatusError({ ...errorContext, status: 410 }),
    new UpstreamStatusError({ ...errorContext, operation: 'fetchToken', status: 404 }),
    new UpstreamNetworkError(errorContext),
  ])('throws any other error: %s', async (error) => {
    await expect(nullOnStatus(Promise.reject(error), errorContext, 403, 404)).rejects.toBe(error)
  })
})
