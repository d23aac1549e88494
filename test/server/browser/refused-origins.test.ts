import { afterEach, describe, expect, it } from 'vitest'
import { createGateway, type Gateway } from '../../../src/gateway.ts'
import { keepLog } from '../../support/kept-log.ts'

const PAGE = 'http://localhost:5173'

let gateway: Gateway | null = null
afterEach(() => gateway?.close())

/** Sends requests with these headers, and returns the lines that they made. */
async function linesOf(requests: readonly Readonly<Record<string, string>>[], origins?: string, method = 'POST') {
  const { log, lines } = keepLog('warn')
  gateway = createGateway({ environment: { LOG_LEVEL: 'silent', CORS_ORIGINS: origins }, log })
  for (const headers of requests) {
    const body = method === 'POST' ? '{"query":"{ __typename }"}' : null
    const json = { host: 'localhost:4000', 'content-type': 'application/json', 'x-request-id': 'r1', ...headers }
    await gateway.yoga.fetch('http://localhost:4000/graphql', { method, headers: json, body })
  }
  return lines.filter(({ message }) => message === 'origin refused').map(({ level, message, ...fields }) => fields)
}

describe('useRefusedOriginLog()', () => {
  it('logs a refused origin once, with the setting that allows it', async () => {
    expect(await linesOf([{ origin: PAGE }, { origin: PAGE }])).toEqual([
      { requestId: 'r1', origin: PAGE, allowWith: `CORS_ORIGINS=${PAGE}` },
    ])
  })

  it.each([undefined, 'https://app.example'])(
    'logs the preflight request of a page, with CORS_ORIGINS=%s',
    async (origins) => {
      const headers = { origin: PAGE, 'access-control-request-method': 'POST' }
      expect(await linesOf([headers], origins, 'OPTIONS')).toHaveLength(1)
    },
  )

  it('keeps the origins that are allowed in the setting', async () => {
    expect(await linesOf([{ origin: PAGE }], 'https://app.example,https://b.example')).toEqual([
      { requestId: 'r1', origin: PAGE, allowWith: `CORS_ORIGINS=https://app.example,https://b.example,${PAGE}` },
    ])
  })

  it('distinguishes localhost from 127.0.0.1, as browsers do', async () => {
    const lines = await linesOf([{ origin: PAGE }, { origin: 'http://127.0.0.1:5173' }], PAGE)
    expect(lines).toEqual([
      { requestId: 'r1', origin: 'http://127.0.0.1:5173', allowWith: `CORS_ORIGINS=${PAGE},http://127.0.0.1:5173` },
    ])
  })

  it.each([
    ['a request without an origin', {}],
    ['a page of this server', { origin: 'http://localhost:4000' }],
    ['a page behind the proxy of a development server', { origin: PAGE, 'sec-fetch-site': 'same-origin' }],
    ['a page without an origin of its own', { origin: 'null' }],
    ['text that is no origin', { origin: `${PAGE}/path` }],
    ['a long text', { origin: `http://${'a'.repeat(300)}.example` }],
  ])('does not log %s', async (_, headers) => {
    expect(await linesOf([headers])).toEqual([])
  })

  it.each([PAGE, '*'])('does not log an origin that CORS_ORIGINS=%s allows', async (origins) => {
    expect(await linesOf([{ origin: PAGE }], origins)).toEqual([])
  })

  it('logs at most 100 origins', async () => {
    const origins = Array.from({ length: 120 }, (_, index) => ({ origin: `http://page${index}.example` }))
    expect(await linesOf(origins)).toHaveLength(100)
  })
})
