import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { createGateway, type Gateway } from '../../src/gateway.ts'
import { createMetricsListener, type MetricsListenerOptions } from '../../src/metrics/listener.ts'
import { hashApiKey } from '../../src/server/auth/api-keys.ts'
import { createListener } from '../../src/server/listener.ts'
import { listen, requestText, sendBytes, shut } from '../server/support/sockets.ts'
import { parseScrape } from './support/scrape.ts'

const TYPE = 'text/plain; version=0.0.4; charset=utf-8'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function create(environment: Environment = {}): Gateway {
  const gateway = createGateway({ environment: { LOG_LEVEL: 'silent', ...environment } })
  cleanups.push(() => gateway.close())
  return gateway
}

async function serve(server: Server): Promise<Server> {
  await listen(server)
  cleanups.push(() => shut(server))
  return server
}

const get = (server: Server, target: string, fields: readonly string[] = ['host: localhost'], method = 'GET') =>
  sendBytes(server, requestText(target, fields, method))

describe('/metrics on the port of callers', () => {
  it('answers GET and HEAD with the headers of every other answer', async () => {
    const server = await serve(createListener(create()))
    const answer = await get(server, '/metrics')
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': TYPE, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    })
    expect(parseScrape(answer!.body).value('gateway_connections_open')).toBe(1)
    expect(await get(server, '/metrics', undefined, 'HEAD')).toMatchObject({ status: 200, body: '' })
    expect((await get(server, '/metrics', undefined, 'DELETE'))?.status).toBe(404)
    expect((await get(server, '/metrics/more'))?.status).toBe(404)
  })

  it('follows the rules for hosts', async () => {
    const server = await serve(createListener(create()))
    expect((await get(server, '/metrics', ['host: attacker.example']))?.status).toBe(421)
    const page = parseScrape((await get(server, '/metrics'))!.body)
    expect(page.value('gateway_http_errors_total', { status: '421', code: 'HOST_NOT_ALLOWED' })).toBe(1)
  })

  it('needs credentials where operations need them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gateway-metrics-'))
    cleanups.push(() => rm(folder, { recursive: true, force: true }))
    const file = join(folder, 'keys.json')
    const key = 'tgw_a-key-of-a-scraper'
    const keys = [{ name: 'scraper', sha256: hashApiKey(key).toString('hex'), grants: 'all' }]
    await writeFile(file, JSON.stringify({ keys }))
    const server = await serve(createListener(create({ AUTH_MODE: 'api-key', API_KEYS_FILE: file })))
    expect(await get(server, '/metrics')).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': expect.stringContaining('Bearer') },
    })
    const allowed = await get(server, '/metrics', ['host: localhost', `authorization: Bearer ${key}`])
    expect(allowed?.status).toBe(200)
    const page = parseScrape(allowed!.body)
    expect(page.value('gateway_http_errors_total', { status: '401', code: 'UNAUTHENTICATED' })).toBe(1)
  })

  it('is missing when METRICS is off, and nothing is counted then', async () => {
    const gateway = create({ METRICS: 'off' })
    expect({ metrics: gateway.metrics, observer: gateway.observer }).toEqual({ metrics: null, observer: null })
    const server = await serve(createListener(gateway))
    expect((await get(server, '/metrics'))?.status).toBe(404)
  })

  it('is missing when the metrics have a port of their own', async () => {
    const server = await serve(createListener(create({ METRICS_PORT: '0' })))
    expect((await get(server, '/metrics'))?.status).toBe(404)
  })
})

describe('createMetricsListener()', () => {
  const create = (options: Partial<MetricsListenerOptions> = {}) =>
    serve(
      createMetricsListener({
        host: '127.0.0.1',
        render: async () => 'the page\n',
        isReady: () => true,
        onError: () => {},
        ...options,
      }),
    )

  it('answers GET and HEAD of the page without credentials', async () => {
    const server = await create()
    expect(await get(server, '/metrics')).toMatchObject({
      status: 200,
      headers: { 'content-type': TYPE, 'content-length': '9', 'cache-control': 'no-store' },
      body: 'the page\n',
    })
    expect(await get(server, '/metrics?a=b', undefined, 'HEAD')).toMatchObject({
      status: 200,
      headers: { 'content-length': '9' },
      body: '',
    })
  })

  it('answers health checks', async () => {
    let isReady = false
    const server = await create({ isReady: () => isReady })
    expect((await get(server, '/health'))?.status).toBe(200)
    expect((await get(server, '/ready'))?.status).toBe(503)
    isReady = true
    expect((await get(server, '/ready'))?.status).toBe(200)
  })

  it.each([
    ['POST', '/metrics', 405],
    ['DELETE', '/ready', 405],
    ['GET', '/', 404],
    ['GET', '/graphql', 404],
    ['GET', '/metrics/', 404],
  ])('rejects %s %s', async (method, target, status) => {
    const answer = await get(await create(), target, undefined, method)
    expect(answer?.status).toBe(status)
    expect(answer?.headers.allow).toBe(status === 405 ? 'GET, HEAD' : undefined)
  })

  it.each([
    ['localhost:9464', 200],
    ['[::1]:9464', 200],
    ['127.0.0.1', 200],
    ['attacker.example', 421],
    ['10.0.0.1:9464', 421],
  ])('on a loopback address answers the host %s with %i', async (host, status) => {
    expect((await get(await create(), '/metrics', [`host: ${host}`]))?.status).toBe(status)
  })

  it('on another address answers every host', async () => {
    const server = await create({ host: '0.0.0.0' })
    expect((await get(server, '/metrics', ['host: gateway-1.internal:9464']))?.status).toBe(200)
  })

  it('answers a failure with 500, and shows nothing of it', async () => {
    const failures: unknown[] = []
    const server = await create({
      render: () => Promise.reject(new Error('hunter2-secret')),
      onError: (error) => failures.push(error),
    })
    const answer = await get(server, '/metrics')
    expect(answer?.status).toBe(500)
    expect(answer?.body).not.toContain('hunter2')
    expect(failures).toEqual([new Error('hunter2-secret')])
  })
})
