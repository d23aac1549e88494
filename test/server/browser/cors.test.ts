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

  /** Returns the status and the CORS headers that a browser receives for a request. */
  async function receive(
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
    'expose-headers': 'retry-after, www-authenticate, x-request-id',
    'max-age': '3600',
  }
  const WITH_CREDENTIALS = { ...ALLOWED, 'allow-credentials': 'true' }
  const REQUESTED = { 'allow-headers': 'authorization,content-type' }

  it('is off when it is not set: no page of another origin gets CORS headers', async () => {
    expect(await receive(undefined, ask({ origin: APP }))).toEqual({ status: 200, cors: {}, vary: null })
    const { status, cors } = await receive(undefined, preflight(APP))
    expect({ isAllowed: status < 300, cors }).toEqual({ isAllowed: false, cors: {} })
  })

  it.each([
    ['one origin', APP],
    ['several', `${OTHER}, ${APP},http://127.0.0.1:8080`],
  ])('lets pages of a listed origin send requests and read answers, with %s', async (_, origins) => {
    expect(await receive(origins, preflight(APP))).toEqual({
      status: 204,
      cors: { ...WITH_CREDENTIALS, ...REQUESTED },
      vary: expect.stringContaining('Origin'),
    })
    expect(await receive(origins, ask({ origin: APP }))).toEqual({
      status: 200,
      cors: WITH_CREDENTIALS,
      vary: 'Origin',
    })
  })

  it.each([
    'https://app.example.evil',
    'http://app.example',
    'https://app.example:8443',
    'https://sub.app.example',
    'null',
    '*',
  ])('sends no CORS headers to pages of %s', async (origin) => {
    for (const origins of [APP, `${APP},${OTHER}`]) {
      expect((await receive(origins, preflight(origin))).cors).toEqual({})
      expect(await receive(origins, ask({ origin }))).toEqual({ status: 200, cors: {}, vary: 'Origin' })
    }
  })

  it('adds vary: Origin to every answer, also without an origin', async () => {
    expect(await receive(APP, ask({}))).toEqual({ status: 200, cors: {}, vary: 'Origin' })
  })

  it.each(['https://anybody.example', 'null'])(
    'lets pages of %s read without credentials when every origin is allowed',
    async (origin) => {
      const cors = { ...ALLOWED, 'allow-origin': origin }
      expect((await receive('*', preflight(origin))).cors).toEqual({ ...cors, ...REQUESTED })
      expect(await receive('*', ask({ origin }))).toEqual({ status: 200, cors, vary: 'Origin' })
    },
  )

  it.each(['/schema.graphql', '/possible-types.json', '/health'])('holds for %s as well', async (path) => {
    const address = new URL(path, ADDRESS).href
    const { cors, vary } = await receive(APP, { headers: { origin: APP } }, address)
    expect({ cors, vary: vary?.split(', ').at(-1) }).toEqual({ cors: WITH_CREDENTIALS, vary: 'Origin' })
  })

  it('lets pages of a listed origin read errors', async () => {
    const environment = { AUTH_MODE: 'jwt', JWT_JWKS_URL: 'http://127.0.0.1:1', JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' }
    expect(await receive(APP, preflight(APP), ADDRESS, environment)).toMatchObject({ status: 204 })
    expect(await receive(APP, ask({ origin: APP }), ADDRESS, environment)).toMatchObject({
      status: 401,
      cors: WITH_CREDENTIALS,
    })
  })

  it('accepts GETs of a listed origin that it rejects from others', async () => {
    const get = (origin: string) => ({ headers: { origin, 'sec-fetch-site': 'cross-site' } })
    const query = `${ADDRESS}?query=${encodeURIComponent('{ __typename }')}`
    expect(await receive(APP, get(APP), query)).toMatchObject({ status: 200 })
    expect(await receive(APP, get(OTHER), query)).toMatchObject({ status: 403 })
  })

  it('trusts no origin when every origin is allowed', async () => {
    const query = `${ADDRESS}?query=${encodeURIComponent('{ __typename }')}`
    expect(await receive('*', { headers: { origin: APP, 'sec-fetch-site': 'cross-site' } }, query)).toMatchObject({
      status: 403,
    })
  })
})
