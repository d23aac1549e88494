import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGateway, type Gateway, PROVIDERS } from '../../../src/gateway.ts'
import { examplesOf } from '../../../src/graphql/graphiql.ts'
import { createListener } from '../../../src/server/listener.ts'
import { fetchRaw } from '../support/raw.ts'

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'accept-encoding': 'gzip, deflate, br' }

describe('the page of GraphiQL', () => {
  let gateway: Gateway
  let origin: string
  let server: Server

  beforeAll(async () => {
    // The page needs no credentials.
    gateway = createGateway({
      environment: {
        LOG_LEVEL: 'silent',
        AUTH_MODE: 'jwt',
        JWT_JWKS_URL: 'http://127.0.0.1:1',
        JWT_ISSUER: 'i',
        JWT_AUDIENCE: 'a',
      },
    })
    server = createListener(gateway)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    server.closeAllConnections()
    server.close()
    await gateway?.close()
  })

  const get = (path: string, headers: Record<string, string> = HTML, method = 'GET') =>
    fetchRaw(`${origin}${path}`, { method, headers })
  const textOf = async (path: string) => brotliDecompressSync((await get(path)).body).toString()
  /** Returns the files that a page refers to, as paths of this server. */
  const filesOf = async (path: string) =>
    [...(await textOf(path)).matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, file]) => new URL(file!, origin + path).pathname,
    )

  it('is small, and is revalidated each time', async () => {
    const { status, headers, body } = await get('/graphql')
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-encoding': 'br',
      'cache-control': 'no-cache',
      vary: 'Accept, Accept-Encoding',
    })
    expect(body.length).toBeLessThan(5_000)
  })

  it('contains the examples', async () => {
    const [, options] = /<script id="options" type="application\/json">(.*)<\/script>/.exec(await textOf('/graphql'))!
    expect(JSON.parse(options!)).toMatchObject({ title: 'Transactions gateway', defaultTabs: examplesOf(PROVIDERS) })
  })

  it('runs only scripts that are files of this server', async () => {
    for (const path of ['/graphql', ...(await filesOf('/graphql'))]) {
      const { headers } = await get(path)
      const policy = headers['content-security-policy']
      expect(policy).toContain("default-src 'self'")
      expect(policy).toMatch(/script-src 'self'(;|$)/)
      expect(policy).not.toMatch(/https?:|\*|unsafe-eval|blob:/)
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    }
  })

  it('has files that are immutable and compressed', async () => {
    const files = await filesOf('/graphql')
    expect(files.map((file) => file.replace(/[\w-]+(?=\.\w+$)/, '…'))).toEqual([
      '/graphql/….ico',
      '/graphql/….css',
      '/graphql/….js',
    ])
    const answers = await Promise.all(files.map((file) => get(file)))
    for (const { status, headers } of answers) {
      expect(status).toBe(200)
      expect(headers).toMatchObject({
        'content-encoding': 'br',
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'Accept-Encoding',
      })
    }
    expect(answers.map(({ headers }) => headers['content-type'])).toEqual([
      'image/x-icon',
      'text/css; charset=utf-8',
      'text/javascript; charset=utf-8',
    ])
    const sizes = answers.map(({ body }) => body.length)
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(2_000_000)
  })

  it('finds its files behind any path prefix of a proxy', async () => {
    const [first] = await filesOf('/graphql')
    for (const path of ['/graphql', '/graphql/', '/graphql?query={a}', '/ledgers/graphql', '/ledgers/graphql/']) {
      const files = await filesOf(path)
      expect(files[0]).toBe(path.startsWith('/ledgers') ? `/ledgers${first}` : first)
      for (const file of files) expect((await get(file)).status).toBe(200)
    }
  })

  it('answers HEAD like GET, without the body', async () => {
    for (const path of ['/graphql', ...(await filesOf('/graphql'))]) {
      const [whole, head] = [await get(path), await get(path, HTML, 'HEAD')]
      const { date: _, 'x-request-id': __, ...headers } = whole.headers
      expect(head).toMatchObject({ status: 200, headers })
      expect(head.body).toHaveLength(0)
    }
  })

  it('is served only to browsers that request HTML', async () => {
    expect((await get('/graphql', { accept: 'application/json' })).status).toBe(401)
    expect((await get('/graphql', HTML, 'POST')).status).toBe(401)
    expect((await get('/other', HTML)).status).toBe(401)
    expect((await get('/graphql/graphiql-0000000000000000.js', HTML)).status).toBe(401)
  })

  it('belongs to the gateway that answers it', async () => {
    const [provider] = PROVIDERS
    const other = createGateway({ environment: { LOG_LEVEL: 'silent' }, providers: [provider!] })
    try {
      const page = await (
        await other.yoga.fetch('http://gateway.test/graphql', { headers: { accept: 'text/html' } })
      ).text()
      const missing = examplesOf(PROVIDERS.slice(1)).at(-1)!
      expect(page).toContain('OneList')
      expect(page).not.toContain(JSON.stringify(missing.query).slice(1, 60))
      expect(await textOf('/graphql')).toContain(JSON.stringify(missing.query).slice(1, 60))
    } finally {
      await other.close()
    }
  })

  it('is the target of the redirect from the root', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await get('/', HTML, method)
      expect({ status, location: headers.location }).toEqual({ status: 302, location: 'graphql' })
    }
    expect((await get('/', { accept: '*/*' })).status).toBe(401)
    expect((await get('/', HTML, 'POST')).status).toBe(401)
  })
})

describe('GRAPHIQL=off', () => {
  it('removes the page, its files and the redirect, and nothing else', async () => {
    const page = createGateway({ environment: { LOG_LEVEL: 'silent' } })
    const without = createGateway({ environment: { LOG_LEVEL: 'silent', GRAPHIQL: 'off' } })
    const ask = (gateway: Gateway, path: string, headers: Record<string, string> = {}) =>
      gateway.yoga.fetch(`http://gateway.test${path}`, { headers: { accept: 'text/html', ...headers } })
    try {
      const html = await (await ask(page, '/graphql')).text()
      const [, script] = /src="([^"]+\.js)"/.exec(html)!
      for (const path of ['/graphql', '/graphql/', '/', `/${script}`]) {
        expect((await ask(page, path)).status, path).toBeLessThan(400)
        const answer = await ask(without, path)
        expect({ path, status: answer.status, body: await answer.text() }).toEqual({ path, status: 404, body: '' })
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      }
      const query = await ask(without, '/graphql?query={__typename}', { accept: 'application/json' })
      expect(query.status).toBe(200)
    } finally {
      await page.close()
      await without.close()
    }
  })
})
