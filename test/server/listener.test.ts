import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { createGateway, type Gateway } from '../../src/gateway.ts'
import { createLog } from '../../src/log.ts'
import { createListener } from '../../src/server/listener.ts'
import { Readiness } from '../../src/server/readiness.ts'
import { RunningOperations } from '../../src/server/running-operations.ts'
import { listen, requestText, sendBytes, shut, type WireAnswer } from './support/sockets.ts'

const QUERY = `query=${encodeURIComponent('{ __typename }')}`
const TYPENAME = '{"data":{"__typename":"Query"}}'
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
}

let gateway: Gateway
let server: Server
const logged: string[] = []

beforeAll(async () => {
  gateway = createGateway({ environment: {}, log: createLog('debug', (line) => logged.push(line)) })
  server = await listen(createListener(gateway))
})
afterEach(() => {
  logged.length = 0
})
afterAll(async () => {
  await shut(server)
  await gateway.close()
})

const ask = (target: string, ...fields: string[]) => sendBytes(server, requestText(target, fields))

/** Returns the code of the only error of an answer. */
const codeOf = (answer: WireAnswer | null) => {
  const { errors, ...rest } = JSON.parse(answer?.body ?? 'null')
  expect(rest).toEqual({})
  expect(errors).toHaveLength(1)
  return errors[0].extensions.code
}

describe('the Host of a request', () => {
  it.each([
    'localhost',
    'LocalHost:4000',
    'localhost.',
    'app.localhost:1',
    '127.0.0.1',
    '127.0.0.1:65535',
    '127.8.9.10',
    '[::1]',
    '[::1]:4000',
    '[0:0:0:0:0:0:0:1]',
    'localhost:',
  ])('may be %s', async (host) => {
    const answer = await ask(`/graphql?${QUERY}`, `host: ${host}`)
    expect(answer).toMatchObject({ status: 200, body: TYPENAME, headers: HEADERS })
  })

  it.each([
    '[',
    '[]',
    '[::1',
    '::1',
    '[::1]x',
    '[::1]:x',
    '[1.2.3.4]',
    '',
    ' ',
    'localhost:99999',
    'localhost:4000:1',
    'local host',
    'user@localhost',
    'user:secret@localhost',
    'localhost/graphql',
    `x/graphql?${QUERY}#`,
    'localhost?x',
    'localhost#x',
    'localhost\\x',
    'localhost,localhost',
    '%6cocalhost',
    'a..b',
    '.localhost',
    '999.1.1.1',
    'xn--\u00e9',
    'h\u00f6st',
    'a'.repeat(300),
  ])('is rejected with 400 when it is %j, on every path', async (host) => {
    for (const target of [`/graphql?${QUERY}`, '/', '/health', '/nothing']) {
      const answer = await ask(target, `host: ${host}`)
      expect(answer).toMatchObject({ status: 400, headers: HEADERS })
      expect(codeOf(answer)).toBe('BAD_REQUEST')
      expect(answer?.body).not.toMatch(/ at .*:\d+:\d+|node_modules|\.ts/)
    }
    expect(logged.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })

  it('is required', async () => {
    // Node itself rejects this one.
    expect(await ask(`/graphql?${QUERY}`)).toMatchObject({ status: 400 })
    const older = `GET /graphql?${QUERY} HTTP/1.0\r\n\r\n`
    const answer = await sendBytes(server, older)
    expect(answer?.status).toBe(400)
    expect(codeOf(answer)).toBe('BAD_REQUEST')
  })

  it.each([
    ['localhost', 'localhost'],
    ['localhost', 'evil.example'],
    ['evil.example', 'localhost'],
  ])('is rejected with 400 when there are two: %s, %s', async (first, second) => {
    const answer = await ask(`/graphql?${QUERY}`, `host: ${first}`, `Host: ${second}`)
    expect(answer?.status).toBe(400)
    expect(codeOf(answer)).toBe('BAD_REQUEST')
  })
})

describe('the target of a request', () => {
  it.each(['http://localhost/graphql?', 'HTTP://127.0.0.1:4000/graphql?', 'https://app.localhost/graphql?'])(
    'may be a URL: %s',
    async (url) => {
      expect(await ask(`${url}${QUERY}`, 'host: localhost')).toMatchObject({ status: 200, body: TYPENAME })
    },
  )

  it('may be a URL without a path', async () => {
    expect(await ask('http://localhost', 'host: localhost')).toMatchObject({ status: 404 })
    expect(await ask(`http://localhost?${QUERY}`, 'host: localhost')).toMatchObject({ status: 404 })
  })

  it.each([
    `http://[/graphql?${QUERY}`,
    `http://user@localhost/graphql?${QUERY}`,
    `http:///graphql?${QUERY}`,
    `ftp://localhost/graphql?${QUERY}`,
    `/graphql?${QUERY}#`,
    `/nothing#/graphql?${QUERY}`,
    `http://localhost#/graphql?${QUERY}`,
  ])('is rejected with 400 when it is %s', async (target) => {
    expect(await ask(target, 'host: localhost')).toMatchObject({ status: 400 })
  })

  it('is rejected with 400 when it is an asterisk', async () => {
    const answer = await sendBytes(server, requestText('*', ['host: localhost'], 'OPTIONS'))
    expect(answer?.status).toBe(400)
  })

  it('keeps the host when it begins with two slashes', async () => {
    expect(await ask(`//evil.example/graphql?${QUERY}`, 'host: localhost')).toMatchObject({ status: 404 })
  })
})

describe('credentials of a request', () => {
  it.each(['authorization', 'Authorization', 'x-api-key'])(
    'are rejected with 400 when %s comes twice',
    async (name) => {
      const answer = await ask(
        `/graphql?${QUERY}`,
        'host: localhost',
        `${name}: Bearer a`,
        `${name.toLowerCase()}: Bearer a`,
      )
      expect(answer?.status).toBe(400)
      expect(JSON.parse(answer!.body).errors).toEqual([
        { message: `Expected at most one "${name.toLowerCase()}" header.`, extensions: { code: 'BAD_REQUEST' } },
      ])
    },
  )
})

describe('a handler that fails', () => {
  const secret = 'hunter2-in-the-message'
  const started: Server[] = []
  afterEach(async () => {
    await Promise.all(started.splice(0).map(shut))
  })

  async function serve(handle: (request: IncomingMessage, response: ServerResponse) => Promise<Response> | Response) {
    const log = createLog('debug', (line) => logged.push(line))
    const yoga = { handleNodeRequestAndResponse: handle }
    const failing = await listen(
      createListener({
        config: readConfig({}),
        log,
        readiness: new Readiness(),
        running: new RunningOperations(),
        yoga,
      }),
    )
    started.push(failing)
    return () => sendBytes(failing, requestText('/graphql', ['host: localhost']))
  }

  it.each([
    [
      'throws',
      () => {
        throw new Error(secret)
      },
    ],
    ['rejects', () => Promise.reject(new Error(secret))],
    ['rejects with a text', () => Promise.reject(secret)],
    [
      'answers with a body that fails',
      () => ({
        headers: {
          [Symbol.iterator]: () => {
            throw new Error(secret)
          },
        } as unknown as Headers,
        status: 200,
        statusText: 'OK',
      }),
    ],
  ])('and %s is answered with status 500 and the id of the one line in the log', async (_, handle) => {
    const send = await serve(handle as () => Promise<Response>)
    const answer = await send()
    expect(answer).toMatchObject({
      status: 500,
      headers: { ...HEADERS, 'content-type': expect.stringMatching(/json/) },
    })
    const { errors } = JSON.parse(answer!.body)
    expect(errors).toEqual([
      {
        message: 'Something went wrong in the gateway.',
        extensions: { code: 'INTERNAL_SERVER_ERROR', id: expect.any(String) },
      },
    ])
    expect(logged.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 'error', message: 'unexpected error', id: errors[0].extensions.id }),
    ])
    expect(answer!.body + logged.join('')).not.toContain(secret)
  })

  it('after the headers were sent closes the connection', async () => {
    const send = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('begun')
      return Promise.reject(new Error(secret))
    })
    expect(await send()).toMatchObject({ status: 200, body: 'begun' })
    expect(logged).toHaveLength(1)
  })
})
