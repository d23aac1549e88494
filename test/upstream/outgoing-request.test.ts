import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RequestBuilder } from '../../src/upstream/outgoing-request.ts'

const requests = new RequestBuilder('TEST', '/api/')

describe('RequestBuilder', () => {
  it('writes any query as URLSearchParams does, without undefined values', () => {
    const value = fc.option(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.integer()), { nil: undefined })
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (query) => {
        const expected = new URLSearchParams()
        for (const [name, part] of Object.entries(query)) if (part !== undefined) expected.append(name, String(part))
        const { path } = requests.get({ operation: 'get', path: '/things', query })
        expect(path).toBe(expected.size === 0 ? '/api/things' : `/api/things?${expected}`)
      }),
    )
  })

  it.each([
    ['/', '', '/'],
    ['/api/v1', '', '/api/v1'],
    ['/api/v1', '/things/a%2Fb', '/api/v1/things/a%2Fb'],
    ['/', '/things', '/things'],
  ])('appends the path of a call to the path %s of the base URL', (basePath, path, expected) => {
    expect(new RequestBuilder('TEST', basePath).get({ operation: 'get', path }).path).toBe(expected)
  })

  it("sends a call's headers with its own, in place of those with the same names", () => {
    const { headers } = requests.get({ operation: 'get', path: '', headers: { 'x-key': 'a', accept: 'text/plain' } })
    expect(headers).toEqual({
      accept: 'text/plain',
      'accept-encoding': 'identity',
      'user-agent': 'transactions-gateway',
      'x-key': 'a',
    })
  })

  it('gives equal sharing keys to equal requests only, whatever the order of their headers', () => {
    const call = { operation: 'list', path: '/things', query: { page: 1 }, headers: { a: '1', b: '2' } }
    const others = [
      { ...call, operation: 'lis' },
      { ...call, path: '/things2' },
      { ...call, query: { page: 11 } },
      { ...call, query: {} },
      { ...call, headers: { a: '1' } },
      { ...call, headers: { a: '1', b: '3' } },
      { ...call, headers: { a: '1","b":"2' } },
      { ...call, headers: { a: '2', b: '1' } },
    ]
    const { sharingKey } = requests.get(call)
    expect(requests.get({ ...call, headers: { b: '2', a: '1' } }).sharingKey).toBe(sharingKey)
    expect(others.map((other) => requests.get(other).sharingKey)).not.toContain(sharingKey)
    // The headers of one call are not those of the next.
    expect(requests.get(call).sharingKey).toBe(sharingKey)
  })
})
