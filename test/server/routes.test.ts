import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { createGateway, type Gateway } from '../../src/gateway.ts'
import { possibleTypesOf } from '../../src/graphql/possible-types.ts'

const ORIGIN = 'http://gateway.test'
const PATHS = ['/schema.graphql', '/possible-types.json']

describe('the files of the schema', () => {
  let gateway: Gateway | null = null
  afterEach(async () => {
    await gateway?.close()
    gateway = null
  })

  async function get(path: string, init: RequestInit = {}, environment: Environment = {}) {
    gateway ??= createGateway({ environment: { LOG_LEVEL: 'silent', ...environment } })
    const response = await gateway.yoga.fetch(`${ORIGIN}${path}`, init)
    return { status: response.status, headers: response.headers, text: await response.text() }
  }

  it('contain the schema of the repository', async () => {
    const { status, headers, text } = await get('/schema.graphql')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(text).toBe(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))
  })

  it('contain the types of its interfaces in the form that client caches expect', async () => {
    const { status, headers, text } = await get('/possible-types.json')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(JSON.parse(text)).toEqual(possibleTypesOf(gateway!.schema))
    expect(JSON.parse(text)).toMatchObject({
      Transaction: expect.arrayContaining(['KobbleTransaction', 'VobizTransaction']),
    })
  })

  it.each(PATHS)('are revalidated by their etag: %s', async (path) => {
    const { headers } = await get(path)
    expect(headers.get('cache-control')).toBe('no-cache')
    const again = await get(path, { headers: { 'if-none-match': headers.get('etag')! } })
    expect({ status: again.status, text: again.text }).toEqual({ status: 304, text: '' })
  })

  it.each(PATHS)('answer HEAD, and nothing else but GET: %s', async (path) => {
    expect(await get(path, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
    expect((await get(path, { method: 'POST' })).status).toBe(404)
  })

  it.each(PATHS)('are missing when introspection is off: %s', async (path) => {
    expect((await get(path, {}, { INTROSPECTION: 'off' })).status).toBe(404)
  })

  it.each(PATHS)('need the credentials that introspection needs: %s', async (path) => {
    const environment = { AUTH_MODE: 'jwt', JWT_JWKS_URL: 'http://127.0.0.1:1', JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' }
    expect((await get(path, {}, environment)).status).toBe(401)
  })
})
