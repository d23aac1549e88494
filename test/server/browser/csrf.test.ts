import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGateway, type Gateway } from '../../../src/gateway.ts'
import { type ServedGateway, serveGateway } from '../../clients/support/serve.ts'
import { type BrowserPage, openPage, whyNoBrowser } from '../../support/browser.ts'
import { sumApiRequests } from '../../support/gateway.ts'

const ADDRESS = 'http://gateway.test/graphql'
const QUERY = '{ __typename }'
const JSON_BODY = JSON.stringify({ query: QUERY })
const FORM_BODY = `query=${encodeURIComponent(QUERY)}`
const MULTIPART_BODY = `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${JSON_BODY}\r\n--x--\r\n`
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'

describe('CSRF prevention', () => {
  let gateway: Gateway
  beforeAll(() => {
    gateway = createGateway({ environment: { LOG_LEVEL: 'silent' } })
  })
  afterAll(() => gateway?.close())

  async function send(init: RequestInit, query = '') {
    const response = await gateway.yoga.fetch(`${ADDRESS}${query}`, init)
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const get = (headers: Record<string, string>) => send({ headers }, `?${FORM_BODY}`)
  const post = (body: string, headers: Record<string, string>) => send({ method: 'POST', headers, body })
  const ANSWERED = { status: 200, text: '{"data":{"__typename":"Query"}}' }

  it.each([
    ['Relay, Apollo Client and urql', JSON_BODY, { 'content-type': 'application/json' }],
    [
      'a browser, for a page of this server',
      JSON_BODY,
      { 'content-type': 'application/json; charset=utf-8', 'sec-fetch-site': 'same-origin' },
    ],
    ['a client that sends the document alone', QUERY, { 'content-type': 'application/graphql' }],
    [
      'a form with a preflight header',
      FORM_BODY,
      { 'content-type': 'application/x-www-form-urlencoded', 'graphql-require-preflight': '1' },
    ],
  ])('answers the POSTs of %s', async (_, body, headers) => {
    expect(await post(body, headers)).toMatchObject(ANSWERED)
  })

  it.each([
    ['a form', FORM_BODY, 'application/x-www-form-urlencoded'],
    ['a form, in other letters', FORM_BODY, 'Application/X-WWW-Form-URLencoded ; charset=utf-8'],
    ['a form with files', MULTIPART_BODY, 'multipart/form-data; boundary=x'],
    ['JSON under the name of text', JSON_BODY, 'text/plain'],
    ['JSON under the name of text, with another one behind', JSON_BODY, 'text/plain; application/json'],
    ['JSON under no name', JSON_BODY, ''],
  ])('rejects %s from every sender', async (_, body, type) => {
    for (const headers of [{}, { 'sec-fetch-site': 'same-origin' }, { 'user-agent': BROWSER }]) {
      const { status, text } = await post(body, { 'content-type': type, ...headers })
      expect(status).toBe(403)
      expect(JSON.parse(text)).toEqual({
        errors: [
          { message: expect.stringContaining('graphql-require-preflight: 1'), extensions: { code: 'CSRF_PREVENTED' } },
        ],
      })
    }
  })

  it('rejects file uploads, with and without a preflight', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x', 'graphql-require-preflight': '1' }
    expect((await post(MULTIPART_BODY, headers)).status).toBe(415)
  })

  it.each([
    ['another program', { 'user-agent': 'curl/8.5.0' }],
    ['a program without a name', {}],
    ['a page of this server', { 'sec-fetch-site': 'same-origin', 'user-agent': BROWSER }],
    ['whoever types the address', { 'sec-fetch-site': 'none', 'user-agent': BROWSER }],
  ])('answers the GETs of %s', async (_, headers) => {
    expect(await get(headers)).toMatchObject(ANSWERED)
  })

  const FOREIGN = [
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    [
      'another site, without CORS',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'user-agent': BROWSER },
    ],
    ['another site, which is a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['a browser that does not send sec-fetch-site', { 'user-agent': BROWSER }],
    ['another origin', { origin: 'https://other.example' }],
    ['a frame in a sandbox', { origin: 'null' }],
  ] as const
  it.each(FOREIGN)('rejects the GETs of %s', async (_, headers) => {
    const { status, headers: answered, text } = await get(headers)
    expect({ status, type: answered.get('content-type') }).toEqual({
      status: 403,
      type: 'application/json; charset=utf-8',
    })
    expect(JSON.parse(text).errors[0].extensions).toEqual({ code: 'CSRF_PREVENTED' })
    expect(text).not.toContain('__typename')
  })

  it.each([
    'graphql-require-preflight',
    'apollo-require-preflight',
    'x-apollo-operation-name',
    'x-graphql-yoga-csrf',
    'x-api-key',
  ])('answers any GET with the header %s, which needs a preflight', async (name) => {
    for (const [, headers] of FOREIGN) expect(await get({ ...headers, [name]: '1' })).toMatchObject(ANSWERED)
  })

  it('accepts a bearer token as proof, but no credentials that browsers store', async () => {
    const foreign = { 'sec-fetch-site': 'cross-site' }
    expect((await get({ ...foreign, authorization: 'Bearer token' })).status).toBe(200)
    for (const authorization of ['Basic dXNlcjpwYXNz', 'Negotiate YII=', 'Bearer']) {
      expect((await get({ ...foreign, authorization })).status).toBe(403)
    }
    expect((await get({ ...foreign, cookie: 'session=1' })).status).toBe(403)
  })

  it('does not change the answers to other methods', async () => {
    for (const method of ['PUT', 'DELETE', 'HEAD']) expect((await send({ method })).status).toBe(405)
  })
})

describe.skipIf(whyNoBrowser)('a page of another site, in a browser', () => {
  let at: ServedGateway
  let site: Server
  let browser: BrowserPage
  const ASKING = `{ transactions(first: 1) { nodes { id } } }`
  const APP = { environment: {} as Record<string, string> }

  beforeAll(async () => {
    site = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>Other</title>'))
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    const port = (site.address() as AddressInfo).port
    // A browser treats this as another site than 127.0.0.1.
    APP.environment.CORS_ORIGINS = `http://trusted.localhost:${port}`
    at = await serveGateway(APP)
    browser = await openPage()
  })
  afterAll(async () => {
    await browser?.close()
    await at?.close()
    site?.closeAllConnections()
    site?.close()
  })

  const visit = (host: string) => browser.page.goto(`http://${host}:${(site.address() as AddressInfo).port}/`)
  const upstream = () => sumApiRequests(at.requests())
  /** Runs in the page, and returns the result. */
  const attack = (kind: string) =>
    browser.page.evaluate(
      async ([way, address, query]) => {
        const url = `${address}?query=${encodeURIComponent(query!)}`
        const body = JSON.stringify({ query })
        const form = new URLSearchParams({ query: query! })
        const load = (element: HTMLImageElement | HTMLScriptElement) =>
          new Promise<string>((resolve) => {
            element.onload = () => resolve('loaded')
            element.onerror = () => resolve('failed')
            element.src = url
            document.head.append(element)
          })
        const read = (init: RequestInit, target = address!) =>
          fetch(target, init).then(
            async (response) => (response.type === 'opaque' ? 'sent' : response.text()),
            () => 'failed',
          )
        switch (way) {
          case 'image':
            return load(new Image())
          case 'script':
            return load(document.createElement('script'))
          case 'GET':
            return read({}, url)
          case 'GET without CORS':
            return read({ mode: 'no-cors', credentials: 'include' }, url)
          case 'POST without CORS':
            return read({ method: 'POST', mode: 'no-cors', body: form })
          case 'JSON':
            return read({ method: 'POST', headers: { 'content-type': 'application/json' }, body })
          case 'form': {
            const frame = document.createElement('iframe')
            frame.name = 'target'
            document.body.append(frame)
            const element = document.body.appendChild(document.createElement('form'))
            Object.assign(element, { action: address, method: 'post', target: 'target' })
            Object.assign(element.appendChild(document.createElement('input')), { name: 'query', value: query })
            const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
            element.submit()
            await loaded
            return 'sent'
          }
          default: {
            const events = new EventSource(url)
            return new Promise<string>((resolve) => {
              events.addEventListener('next', ({ data }) => {
                events.close()
                resolve(data)
              })
              events.onerror = () => {
                events.close()
                resolve('failed')
              }
            })
          }
        }
      },
      [kind, `${at.origin}/graphql`, ASKING],
    )

  it.each(['image', 'script', 'GET', 'GET without CORS', 'POST without CORS', 'JSON', 'form', 'events'])(
    'cannot make it send a request that reaches a ledger: %s',
    async (kind) => {
      await visit('localhost')
      const before = upstream()
      expect(await attack(kind)).toMatch(/^(sent|failed)$/)
      // A later answer shows that all earlier requests were answered.
      await at.ask('{ __typename }')
      expect(upstream()).toBe(before)
    },
  )

  it.each(['GET', 'JSON', 'events'])('may ask and read where its origin is named: %s', async (kind) => {
    await visit('trusted.localhost')
    expect(JSON.parse(await attack(kind))).toMatchObject({ data: { transactions: { nodes: [{}] } } })
  })

  it.each(['GET', 'JSON', 'events'])('is not needed by pages of this server: %s', async (kind) => {
    await browser.page.goto(`${at.origin}/graphql`)
    expect(JSON.parse(await attack(kind))).toMatchObject({ data: { transactions: { nodes: [{}] } } })
  })
})
