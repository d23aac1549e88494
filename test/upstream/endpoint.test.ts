import { describe, expect, it } from 'vitest'
import { UpstreamAuthError, UpstreamNetworkError, UpstreamStatusError } from '../../src/errors.ts'
import { nullOnStatus, pathSegment } from '../../src/upstream/endpoint.ts'

const fault = { provider: 'TEST', operation: 'getThing' }

describe('pathSegment()', () => {
  it('encodes the characters that would end a segment', () => {
    expect(pathSegment('a/b?c#d%é ', fault)).toBe('a%2Fb%3Fc%23d%25%C3%A9%20')
    expect(pathSegment('\ud800', fault)).toBe('%EF%BF%BD')
  })

  it.each(['', '.', '..'])('rejects %j with status 404', (value) => {
    expect(() => pathSegment(value, fault)).toThrow(UpstreamStatusError)
  })
})

describe('nullOnStatus()', () => {
  it('returns the answer', async () => {
    expect(await nullOnStatus(Promise.resolve('answer'), fault, 404)).toBe('answer')
  })

  it.each([new UpstreamStatusError({ ...fault, status: 404 }), new UpstreamAuthError({ ...fault, status: 403 })])(
    'returns null for a status that means "not found": %s',
    async (error) => {
      expect(await nullOnStatus(Promise.reject(error), fault, 403, 404)).toBeNull()
    },
  )

  it.each([
    new UpstreamStatusError({ ...fault, status: 410 }),
    new UpstreamStatusError({ ...fault, operation: 'fetchToken', status: 404 }),
    new UpstreamNetworkError(fault),
  ])('throws any other error: %s', async (error) => {
    await expect(nullOnStatus(Promise.reject(error), fault, 403, 404)).rejects.toBe(error)
  })
})
