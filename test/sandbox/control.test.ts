import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../../src/gateway.ts'
import { type SandboxControl, startControl } from '../../src/sandbox/control.ts'
import { parseFailure } from '../../src/sandbox/failures.ts'
import type { Sandbox } from '../../src/sandbox/server.ts'

describe('parseFailure()', () => {
  it.each([
    ['', 503],
    ['400', 400],
    ['599', 599],
    ['timeout', 'timeout'],
    ['slow', 'slow'],
  ] as const)('of %j is %j', (text, failure) => {
    expect(parseFailure(text)).toBe(failure)
  })

  it.each(['200', '399', '600', '5030', 'SLOW', 'ok', 'reset', ' 503'])('of %j is null', (text) => {
    expect(parseFailure(text)).toBeNull()
  })
})

describe('startControl()', () => {
  const [{ name, startSandbox }] = [PROVIDERS[0]!]
  let sandbox: Sandbox
  let control: SandboxControl

  beforeEach(async () => {
    sandbox = await startSandbox({ data: 'empty' })
    control = await startControl(new Map([[name, sandbox]]), new Map([[name, 503]]))
  })
  afterEach(() => Promise.all([control.close(), sandbox.close()]))

  const put = async (path: string, body: string) =>
    (await fetch(`${control.url}/${path}`, { method: 'PUT', body })).status
  const state = async () => (await fetch(control.url)).json()
  /** Returns the status of the provider's API, which rejects requests without credentials. */
  const statusOfApi = async () => (await fetch(sandbox.servers[0].url)).status

  it('makes sandboxes fail from the start on', async () => {
    expect([await state(), await statusOfApi()]).toEqual([{ [name]: '503' }, 503])
  })

  it('makes them fail in another way, and work again', async () => {
    const works = new Set([401, 404])
    expect([await put(name, '429'), await statusOfApi(), await state()]).toEqual([200, 429, { [name]: '429' }])
    expect([await put(name, ' ok\n'), works.has(await statusOfApi()), await state()]).toEqual([
      200,
      true,
      { [name]: 'ok' },
    ])
    expect([await put(name, '500'), await statusOfApi()]).toEqual([200, 500])
  })

  it('sends no answer with timeout, and late ones with slow', async () => {
    for (const failure of ['timeout', 'slow']) {
      await put(name, failure)
      const answered = fetch(sandbox.servers[0].url, { signal: AbortSignal.timeout(300) })
      await expect(answered).rejects.toThrow(/timeout/)
    }
  })

  it('rejects anything else, and changes nothing', async () => {
    expect(await put(name, 'broken')).toBe(400)
    expect(await put(name, '200')).toBe(400)
    expect(await put('BANK', '500')).toBe(404)
    expect((await fetch(`${control.url}/${name}`, { method: 'POST', body: 'ok' })).status).toBe(404)
    expect(await state()).toEqual({ [name]: '503' })
  })

  it('rejects pages of other sites: without CORS headers, and with a host that is not this machine', async () => {
    const preflight = await fetch(`${control.url}/${name}`, {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example' },
    })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([404, null])
    const rebound = await new Promise<number | undefined>((resolve, reject) => {
      const options = { method: 'PUT', headers: { host: `a.example:${new URL(control.url).port}` } }
      request(`${control.url}/${name}`, options, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end('ok')
    })
    expect([rebound, await state()]).toEqual([403, { [name]: '503' }])
  })
})
