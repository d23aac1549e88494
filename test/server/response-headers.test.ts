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
    ['a refusal', '/graphql', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: QUERY }],
    ['the page', '/graphql', { headers: { accept: 'text/html' } }],
    ['a file', '/schema.graphql', {}],
    ['a sign of life', '/health', {}],
    ['nothing', '/nothing', {}],
  ]

  it.each(ANSWERS)(
    'is taken for nothing else than it says, and tells no other site of its address: %s',
    async (_, path, init) => {
      const { headers } = await gateway.yoga.fetch(`http://gateway.test${path}`, init)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    },
  )

  it.each(ANSWERS)('is kept by nobody without asking again: %s', async (name, path, init) => {
    const { headers } = await gateway.yoga.fetch(`http://gateway.test${path}`, init)
    const mayBeKept = name === 'the page' || name === 'a file'
    expect(headers.get('cache-control')).toBe(mayBeKept ? 'no-cache' : 'no-store')
  })

  it('is not compressed where it holds what accounts hold, since its size would tell of it', async () => {
    const answer = await gateway.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { ...JSON_TYPE, 'accept-encoding': 'gzip, br' },
      body: JSON.stringify({ query: '{ __schema { types { name description fields { name description } } } }' }),
    })
    expect((await answer.text()).length).toBeGreaterThan(10_000)
    expect(answer.headers.get('content-encoding')).toBeNull()
  })
})
