import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGateway, type Gateway } from '../../src/gateway.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const QUERY = '{ __typename }'

describe('every answer', () => {
  let gateway: Gateway
  beforeAll(() => {
    gateway = createGateway({ environment: { LOG_LEVEL: 'silent' } })
  })
  afterAll(() => gateway?.close())

  const ANSWERS: readonly (readonly [string, string, RequestInit])[] = [
    ['an operation', '/graphql', { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ query: QUERY }) }],
    ['an operation by GET', `/graphql?query=${encodeURIComponent(QUERY)}`, {}],
    ['a fault', '/graphql', { method: 'POST', headers: JSON_TYPE, body: '{' }],
    ['an error response', '/graphql', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: QUERY }],
    ['the page', '/graphql', { headers: { accept: 'text/html' } }],
    ['a file', '/schema.graphql', {}],
    ['a sign of life', '/health', {}],
    ['nothing', '/nothing', {}],
  ]

  it.each(ANSWERS)('disables content sniffing and the Referer header: %s', async (_, path, init) => {
    const { headers } = await gateway.yoga.fetch(`http://gateway.test${path}`, init)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
  })

  it.each(ANSWERS)('is never cached without revalidation: %s', async (name, path, init) => {
    const { headers } = await gateway.yoga.fetch(`http://gateway.test${path}`, init)
    const mayBeKept = name === 'the page' || name === 'a file'
    expect(headers.get('cache-control')).toBe(mayBeKept ? 'no-cache' : 'no-store')
  })

  it('is not compressed when it contains account data, because its size could reveal secrets (BREACH)', async () => {
    const answer = await gateway.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { ...JSON_TYPE, 'accept-encoding': 'gzip, br' },
      body: JSON.stringify({ query: '{ __schema { types { name description fields { name description } } } }' }),
    })
    expect((await answer.text()).length).toBeGreaterThan(10_000)
    expect(answer.headers.get('content-encoding')).toBeNull()
  })
})
