import type { Server } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { readConfig } from '../../../src/config.ts'
import { ConfigError } from '../../../src/errors.ts'
import { createGateway, type Gateway } from '../../../src/gateway.ts'
import { createListener } from '../../../src/server/listener.ts'
import { listen, requestText, sendBytes, shut } from '../support/sockets.ts'

const TARGET = `/graphql?query=${encodeURIComponent('{ __typename }')}`
/** Headers that a browser adds for a page that it treats as same-origin. */
const SAME_ORIGIN = ['sec-fetch-site: same-origin', 'user-agent: Mozilla/5.0', 'content-type: application/json']
const WITH_TOKENS = {
  AUTH_MODE: 'jwt',
  JWT_JWKS_URL: 'http://127.0.0.1:1',
  JWT_ISSUER: 'i',
  JWT_AUDIENCE: 'a',
}
const VOBIZ = { VOBIZ_AUTH_ID: 'MA_TEST', VOBIZ_AUTH_TOKEN: 'token' }

const open: { readonly gateway: Gateway; readonly server: Server }[] = []
afterEach(async () => {
  for (const { gateway, server } of open.splice(0)) {
    await shut(server)
    await gateway.close()
  }
})

/** Starts a gateway, and returns a function that sends a query to it under a host. */
async function start(environment: Record<string, string> = {}) {
  const gateway = createGateway({ environment: { LOG_LEVEL: 'silent', ...environment } })
  const server = await listen(createListener(gateway))
  open.push({ gateway, server })
  return (host: string, target = TARGET) => sendBytes(server, requestText(target, [`host: ${host}`, ...SAME_ORIGIN]))
}

const REFUSED = {
  status: 421,
  body: JSON.stringify({
    errors: [
      {
        message:
          'The gateway does not serve the host that this request names. Use one that it serves, or add the host to ALLOWED_HOSTS.',
        extensions: { code: 'HOST_NOT_ALLOWED' },
      },
    ],
  }),
}

describe('a gateway with AUTH_MODE=none', () => {
  it.each([
    'evil.example',
    'evil.example:4000',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    '192.168.1.5',
    '[::2]',
    '128.0.0.1',
  ])('rejects the host %s with status 421, against DNS rebinding', async (host) => {
    const send = await start()
    for (const target of [TARGET, '/', '/graphql', '/schema.graphql', '/healthy', '/health/x', '/ready/../graphql']) {
      expect(await send(host, target)).toMatchObject(REFUSED)
    }
  })

  it.each(['localhost', 'a.localhost:4000', '127.0.0.1:4000', '127.1.2.3', '[::1]:4000'])('serves %s', async (host) => {
    expect((await (await start())(host))?.status).toBe(200)
  })

  it.each(['evil.example', '10.0.0.7:4000'])('answers probes under every host: %s', async (host) => {
    const send = await start()
    expect((await send(host, '/health'))?.status).toBe(200)
    expect((await send(host, '/ready'))?.status).toBe(200)
    expect((await send(host, '/ready?verbose=1'))?.status).toBe(200)
  })

  it('rejects a URL as the target when its host is not served, whatever the Host header says', async () => {
    const send = await start()
    expect(await send('localhost', `http://evil.example${TARGET}`)).toMatchObject(REFUSED)
    expect((await send('evil.example', `http://localhost${TARGET}`))?.status).toBe(200)
  })

  it('serves its HOST', async () => {
    const send = await start({ HOST: 'Gateway.Internal', AUTH_MODE: 'none' })
    expect((await send('gateway.internal:4000'))?.status).toBe(200)
    expect((await send('other.internal:4000'))?.status).toBe(421)
  })

  it('serves ALLOWED_HOSTS in addition to the loopback names', async () => {
    const send = await start({ ALLOWED_HOSTS: 'gateway.example, 10.0.0.7,::2' })
    for (const host of ['Gateway.example', 'gateway.example.:443', '10.0.0.7:4000', '[::2]:4000', 'localhost']) {
      expect((await send(host))?.status, host).toBe(200)
    }
    expect((await send('evil.example'))?.status).toBe(421)
  })
})

describe('a gateway with authentication', () => {
  it('serves every host', async () => {
    expect((await (await start(WITH_TOKENS))('gateway.example'))?.status).toBe(401)
  })

  it('rejects other hosts when ALLOWED_HOSTS is set, before it checks credentials', async () => {
    const send = await start({ ...WITH_TOKENS, ALLOWED_HOSTS: 'gateway.example' })
    expect((await send('gateway.example'))?.status).toBe(401)
    expect((await send('localhost'))?.status).toBe(401)
    expect(await send('evil.example')).toMatchObject(REFUSED)
  })
})

describe('ALLOWED_HOSTS', () => {
  it.each([
    ['gateway.example', ['gateway.example']],
    ['Gateway.Example. , 10.0.0.7', ['gateway.example', '10.0.0.7']],
    ['::1,[::2]', ['[::1]', '[::2]']],
    ['', []],
  ])('accepts %j', (ALLOWED_HOSTS, hosts) => {
    expect(readConfig({ ALLOWED_HOSTS }).allowedHosts).toEqual(hosts)
  })

  it.each([
    'gateway.example:4000',
    '[::1]:4000',
    'https://gateway.example',
    'gateway.example/',
    '*.example',
    'a,,b',
    'a b',
    'user@a',
    Array(101).fill('a').join(),
  ])('rejects %j', (ALLOWED_HOSTS) => {
    expect(() => readConfig({ ALLOWED_HOSTS })).toThrow(
      new ConfigError([
        'ALLOWED_HOSTS: expected at most 100 host names or addresses such as gateway.example.com, without ports and with commas between them',
      ]),
    )
  })
})

describe('CORS_ORIGINS=* with AUTH_MODE=none', () => {
  const environment = { ...VOBIZ, CORS_ORIGINS: '*' }
  const expected = 'CORS_ORIGINS: expected a list of origins in place of * when AUTH_MODE is none'

  it('stops the start, because every site could read every account', () => {
    expect(() => createGateway({ environment })).toThrow(new ConfigError([expected]))
    expect(() => createGateway({ environment: { ...environment, AUTH_MODE: 'none' } })).toThrow(
      new ConfigError([expected]),
    )
  })

  it.each([
    ['in the sandbox', { environment, isSandbox: true }],
    ['with authentication', { environment: { ...environment, ...WITH_TOKENS } }],
    ['with named origins', { environment: { ...VOBIZ, CORS_ORIGINS: 'https://app.example.com' } }],
    ['without a provider', { environment: { CORS_ORIGINS: '*' } }],
  ])('starts %s', async (_, options) => {
    await createGateway(options).close()
  })
})
