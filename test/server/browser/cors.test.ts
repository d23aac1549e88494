import { afterEach, describe, expect, it } from 'vitest'
import type { Environment } from '../../../src/config.ts'
import { createGateway, type Gateway } from '../../../src/gateway.ts'

const ADDRESS = 'http://gateway.test/graphql'
const APP = 'https://app.example'
const OTHER = 'https://other.example'

describe('CORS_ORIGINS', () => {
  const gateways: Gateway[] = []
  afterEach(async () => {
    await Promise.all(gateways.splice(0).map((gateway) => gateway.close()))
  })

  /** What a browser is told that sends a request for a page. */
  async function told(
    origins: string | undefined,
    init: RequestInit,
    address = ADDRESS,
    environment: Environment = {},
  ) {
    const gateway = createGateway({ environment: { LOG_LEVEL: 'silent', CORS_ORIGINS: origins, ...environment } })
    gateways.push(gateway)
    const response = await gateway.yoga.fetch(address, init)
    await response.text()
    const names = [...response.headers.keys()].filter((name) => name.startsWith('access-control-'))
    return {
      status: response.status,
      cors: Object.fromEntries(names.sort().map((name) => [name.slice(15), response.headers.get(name)])),
      vary: response.headers.get('vary'),
    }
  }

  const ask = (headers: Record<string, string>) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"query":"{ __typename }"}',
  })
  const preflight = (origin: string) => ({
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  })
  const ALLOWED = {
    'allow-methods': 'GET, POST',
    'allow-origin': APP,
    'expose-headers': 'retry-after, www-authenticate',
    'max-age': '3600',
  }
  const WITH_CREDENTIALS = { ...ALLOWED, 'allow-credentials': 'true' }
  const REQUESTED = { 'allow-headers': 'authorization,content-type' }

  it('is off where it is not set: no page of another origin is told anything', async () => {
    expect(await told(undefined, ask({ origin: APP }))).toEqual({ status: 200, cors: {}, vary: null })
    const { status, cors } = await told(undefined, preflight(APP))
    expect({ isAllowed: status < 300, cors }).toEqual({ isAllowed: false, cors: {} })
  })

  it.each([
    ['one origin', APP],
    ['several', `${OTHER}, ${APP},http://127.0.0.1:8080`],
  ])('lets pages of a named origin ask and read, with %s', async (_, origins) => {
    expect(await told(origins, preflight(APP))).toEqual({
      status: 204,
      cors: { ...WITH_CREDENTIALS, ...REQUESTED },
      vary: expect.stringContaining('Origin'),
    })
    expect(await told(origins, ask({ origin: APP }))).toEqual({ status: 200, cors: WITH_CREDENTIALS, vary: 'Origin' })
  })

  it.each([
    'https://app.example.evil',
    'http://app.example',
    'https://app.example:8443',
    'https://sub.app.example',
    'null',
    '*',
  ])('tells pages of %s nothing', async (origin) => {
    for (const origins of [APP, `${APP},${OTHER}`]) {
      expect((await told(origins, preflight(origin))).cors).toEqual({})
      expect(await told(origins, ask({ origin }))).toEqual({ status: 200, cors: {}, vary: 'Origin' })
    }
  })

  it('tells caches that answers differ by origin, also where none is named', async () => {
    expect(await told(APP, ask({}))).toEqual({ status: 200, cors: {}, vary: 'Origin' })
  })

  it.each(['https://anybody.example', 'null'])(
    'lets pages of %s read where all may, without credentials',
    async (origin) => {
      const cors = { ...ALLOWED, 'allow-origin': origin }
      expect((await told('*', preflight(origin))).cors).toEqual({ ...cors, ...REQUESTED })
      expect(await told('*', ask({ origin }))).toEqual({ status: 200, cors, vary: 'Origin' })
    },
  )

  it.each(['/schema.graphql', '/possible-types.json', '/health'])('holds for %s as well', async (path) => {
    const address = new URL(path, ADDRESS).href
    const { cors, vary } = await told(APP, { headers: { origin: APP } }, address)
    expect({ cors, vary: vary?.split(', ').at(-1) }).toEqual({ cors: WITH_CREDENTIALS, vary: 'Origin' })
  })

  it('lets pages of a named origin read why they are refused', async () => {
    const environment = { AUTH_MODE: 'jwt', JWT_JWKS_URL: 'http://127.0.0.1:1', JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' }
    expect(await told(APP, preflight(APP), ADDRESS, environment)).toMatchObject({ status: 204 })
    expect(await told(APP, ask({ origin: APP }), ADDRESS, environment)).toMatchObject({
      status: 401,
      cors: WITH_CREDENTIALS,
    })
  })

  it('lets a named origin send the GETs that others may not', async () => {
    const get = (origin: string) => ({ headers: { origin, 'sec-fetch-site': 'cross-site' } })
    const query = `${ADDRESS}?query=${encodeURIComponent('{ __typename }')}`
    expect(await told(APP, get(APP), query)).toMatchObject({ status: 200 })
    expect(await told(APP, get(OTHER), query)).toMatchObject({ status: 403 })
  })

  it('trusts no origin for being one of all', async () => {
    const query = `${ADDRESS}?query=${encodeURIComponent('{ __typename }')}`
    expect(await told('*', { headers: { origin: APP, 'sec-fetch-site': 'cross-site' } }, query)).toMatchObject({
      status: 403,
    })
  })
})
