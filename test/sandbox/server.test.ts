import { request as httpRequest } from 'node:http'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { exactNumber, startUpstream, type UpstreamServer } from '../../src/sandbox/server.ts'

let upstream: UpstreamServer

beforeEach(async () => {
  upstream = await startUpstream({
    basePath: '/api/v1',
    handle: (request) => {
      if (request.path === '/broken') throw new Error('out of order')
      return {
        status: 200,
        headers: { 'X-Path': request.path },
        json: { path: request.path, amount: exactNumber('1.10') },
      }
    },
  })
})

afterEach(() => upstream.close())

describe('startUpstream()', () => {
  it('listens on the loopback address, below its base path', () => {
    expect(upstream.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1$/)
  })

  it('sends the reply of its handler, with the digits of exact numbers', async () => {
    const response = await fetch(`${upstream.url}/rows`)

    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('x-path')).toBe('/rows')
    expect(await response.text()).toBe('{"path":"/rows","amount":1.10}')
  })

  it('records every request: method, decoded path, query, headers and body', async () => {
    await fetch(`${upstream.url}/accounts/MA%201?page=2&search=a%26b`, { headers: { 'X-Auth-ID': 'PA_1' } })
    await fetch(upstream.url, { method: 'POST', body: 'grün' })

    const [get, post] = upstream.requests
    expect(get).toMatchObject({ method: 'GET', path: '/accounts/MA 1', headers: { 'x-auth-id': 'PA_1' }, body: '' })
    expect(Object.fromEntries(get!.query)).toEqual({ page: '2', search: 'a&b' })
    expect(post).toMatchObject({ method: 'POST', path: '/', body: 'grün' })
  })

  it('answers 404 outside its base path and records the whole path', async () => {
    const response = await fetch(`${upstream.url}1/rows`)

    expect(response.status).toBe(404)
    expect(upstream.requests.map(({ path }) => path)).toEqual(['/api/v11/rows'])
  })

  it('answers 500 when its handler throws', async () => {
    const response = await fetch(`${upstream.url}/broken`)

    expect(response.status).toBe(500)
    expect(await response.text()).toContain('out of order')
  })

  it('calls beforeAnswer before each answer', async () => {
    const paths: string[] = []
    upstream.beforeAnswer = ({ path }) => paths.push(path)
    await fetch(`${upstream.url}/a`)
    upstream.beforeAnswer = null
    await fetch(`${upstream.url}/b`)

    expect(paths).toEqual(['/a'])
  })

  it('remembers the requests whose client hung up', async () => {
    upstream.fault({ kind: 'hang' })
    await expect(fetch(`${upstream.url}/slow`, { signal: AbortSignal.timeout(30) })).rejects.toThrow()
    await expect.poll(() => upstream.aborted.map(({ path }) => path)).toEqual(['/slow'])
  })

  it('survives a client that hangs up in the middle of its body', async () => {
    const half = httpRequest(`${upstream.url}/half`, { method: 'POST', headers: { 'content-length': '10' } })
    half.on('error', () => {})
    half.write('12345')
    await sleep(20)
    half.destroy()

    expect((await fetch(`${upstream.url}/rows`)).status).toBe(200)
    expect(upstream.requests.map(({ path }) => path)).toEqual(['/rows'])
  })

  it('closes while a request hangs, and refuses connections from then on', async () => {
    upstream.fault({ kind: 'hang' })
    const hanging = fetch(`${upstream.url}/rows`).catch((error: unknown) => error)
    await expect.poll(() => upstream.requests.length).toBe(1)
    await upstream.close()

    expect(await hanging).toBeInstanceOf(TypeError)
    expect(upstream.aborted).toEqual([])
    await expect(fetch(`${upstream.url}/rows`)).rejects.toThrow()
  })
})

describe('fault()', () => {
  const status = async (path = '/rows') => (await fetch(upstream.url + path)).status

  it('answers something else', async () => {
    upstream.fault({ kind: 'reply', reply: { status: 503, headers: { 'Retry-After': '2' }, text: '<h1>busy</h1>' } })
    const response = await fetch(`${upstream.url}/rows`)

    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('2')
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await response.text()).toBe('<h1>busy</h1>')
  })

  it('answers an empty body, and any content type that is named', async () => {
    upstream.fault({ kind: 'reply', times: 1, reply: { status: 502 } })
    upstream.fault({ kind: 'reply', reply: { status: 200, headers: { 'Content-Type': 'text/html' }, text: '<p>' } })
    const empty = await fetch(`${upstream.url}/rows`)
    const html = await fetch(`${upstream.url}/rows`)

    expect([empty.status, empty.headers.get('content-type'), await empty.text()]).toEqual([502, null, ''])
    expect(html.headers.get('content-type')).toBe('text/html')
  })

  it('destroys the socket before any answer', async () => {
    upstream.fault({ kind: 'reset', times: 1 })

    await expect(status()).rejects.toThrow('fetch failed')
    expect(await status()).toBe(200)
    expect(upstream.requests).toHaveLength(2)
    expect(upstream.aborted).toEqual([])
  })

  it('answers late', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      upstream.fault({ kind: 'delay', delayMs: 60, times: 1 })
      const answers: string[] = []
      const late = status().then(() => answers.push('late'))
      while (upstream.requests.length < 1) await setImmediate()
      answers.push(`prompt ${await status()}`)
      await vi.advanceTimersByTimeAsync(59)
      answers.push(`prompt ${await status()}`)
      await vi.advanceTimersByTimeAsync(1)
      await late
      expect(answers).toEqual(['prompt 200', 'prompt 200', 'late'])
    } finally {
      vi.useRealTimers()
    }
  })

  it('cuts an answer off in the middle of its body', async () => {
    upstream.fault({ kind: 'truncate' })
    const response = await fetch(`${upstream.url}/rows`)

    expect(response.status).toBe(200)
    expect(Number(response.headers.get('content-length'))).toBe('{"path":"/rows","amount":1.10}'.length)
    await expect(response.text()).rejects.toThrow()
    expect(upstream.aborted).toEqual([])
  })

  it('changes the real answer', async () => {
    upstream.fault({ kind: 'alter', alter: (reply) => ({ ...reply, json: { ...(reply.json as object), more: true } }) })

    expect(await (await fetch(`${upstream.url}/rows`)).json()).toEqual({ path: '/rows', amount: 1.1, more: true })
  })

  it('hits only matching requests, and only so often', async () => {
    upstream.fault({ kind: 'reply', reply: { status: 500 }, on: ({ path }) => path === '/rows', times: 2 })

    expect([await status('/other'), await status(), await status(), await status()]).toEqual([200, 500, 500, 200])
  })

  it('uses faults in the order in which they were set, one per request', async () => {
    upstream.fault({ kind: 'reply', reply: { status: 500 }, times: 1 })
    upstream.fault({ kind: 'reply', reply: { status: 502 }, times: 1 })

    expect([await status(), await status(), await status()]).toEqual([500, 502, 200])
  })

  it('ends with clearFaults()', async () => {
    upstream.fault({ kind: 'reply', reply: { status: 500 } })
    expect(await status()).toBe(500)
    upstream.clearFaults()
    expect(await status()).toBe(200)
  })
})
