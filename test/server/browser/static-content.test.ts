import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { createSchema, createYoga } from 'graphql-yoga'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codingFor, createStaticContent } from '../../../src/server/browser/static-content.ts'
import { fetchRaw } from '../support/raw.ts'

describe('codingFor()', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0.5, gzip;q=0.8', 'gzip'],
    ['gzip;q=1.0, BR ; q=1', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0, gzip;q=0', null],
    ['*', 'br'],
    ['br;q=0, *;q=0.1', 'gzip'],
    ['gzip, *;q=0', 'gzip'],
    ['identity', null],
    ['deflate, zstd', null],
    ['br;q=none', null],
    ['', null],
    [null, null],
  ])('of %j is %s', (accepted, coding) => {
    expect(codingFor(accepted)).toBe(coding)
  })
})

describe('createStaticContent()', () => {
  const LONG = 'A line of text. '.repeat(1000)
  const long = createStaticContent({ type: 'text/plain', body: LONG, cacheControl: 'no-cache', vary: ['Accept'] })
  const short = createStaticContent({ type: 'text/plain', body: 'short', cacheControl: 'no-cache' })

  let origin: string
  const server = createServer(
    createYoga({
      schema: createSchema({ typeDefs: 'type Query { nothing: Int }' }),
      logging: false,
      plugins: [
        {
          async onRequest({ request, url, fetchAPI, endResponse }) {
            endResponse(await (url.pathname === '/short' ? short : long).answer(request, fetchAPI))
          },
        },
      ],
    }),
  )
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const ask = (headers: Record<string, string> = {}, method = 'GET', path = '/long') =>
    fetchRaw(`${origin}${path}`, { method, headers })

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('compresses with %s when that is accepted', async (coding, unpack) => {
    const { status, headers, body } = await ask({ 'accept-encoding': coding })
    expect({ status, coding: headers['content-encoding'], length: headers['content-length'] }).toEqual({
      status: 200,
      coding,
      length: String(body.length),
    })
    expect(body.length).toBeLessThan(LONG.length / 10)
    expect(unpack(body).toString()).toBe(LONG)
  })

  it('sends an uncompressed body when no compression is accepted', async () => {
    const { headers, body } = await ask()
    expect(headers).toMatchObject({ 'content-type': 'text/plain', 'cache-control': 'no-cache' })
    expect(headers['content-encoding']).toBeUndefined()
    expect(body.toString()).toBe(LONG)
  })

  it('does not compress what fits into one packet', async () => {
    const { headers, body } = await ask({ 'accept-encoding': 'br' }, 'GET', '/short')
    expect(headers['content-encoding']).toBeUndefined()
    expect(body.toString()).toBe('short')
  })

  it.each(['br', 'gzip', 'identity'])('answers HEAD like GET, without the body, for %s', async (coding) => {
    const [get, head] = [await ask({ 'accept-encoding': coding }), await ask({ 'accept-encoding': coding }, 'HEAD')]
    const { date: _, ...expected } = get.headers
    expect(head).toMatchObject({ status: 200, headers: expected })
    expect(head.body).toHaveLength(0)
  })

  it('answers 304 without a body when the tag matches', async () => {
    for (const coding of ['br', 'gzip', 'identity']) {
      const { headers } = await ask({ 'accept-encoding': coding })
      const tag = headers.etag!
      for (const held of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
        const again = await ask({ 'accept-encoding': coding, 'if-none-match': held })
        expect({ status: again.status, length: again.body.length }).toEqual({ status: 304, length: 0 })
        expect(again.headers).toMatchObject({ etag: tag, 'cache-control': 'no-cache', vary: headers.vary })
      }
    }
  })

  it('gives each coding its own tag', async () => {
    const tags = await Promise.all(
      ['br', 'gzip', 'identity'].map(async (coding) => (await ask({ 'accept-encoding': coding })).headers.etag!),
    )
    expect(new Set(tags).size).toBe(3)
    const other = await ask({ 'accept-encoding': 'gzip', 'if-none-match': tags[0]! })
    expect(other.status).toBe(200)
  })

  it('lists in vary the headers that the answer depends on', async () => {
    expect((await ask()).headers.vary).toBe('Accept, Accept-Encoding')
    expect((await ask({}, 'GET', '/short')).headers.vary).toBe('Accept-Encoding')
  })
})
