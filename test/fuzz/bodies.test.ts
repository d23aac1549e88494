import { request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createListener } from '../../src/server/listener.ts'
import type { TestGateway } from '../support/gateway.ts'
import { check, FUZZ_TIMEOUT_MS, fuzz } from './support/fuzz.ts'
import { type Answer, checkResult, checkSound, poolOf, secretsOf, startFuzzed } from './support/gateway.ts'
import { anyRequest, type Sent } from './support/requests.ts'
import type { Pool } from './support/values.ts'

let at: TestGateway
let pool: Pool
let server: Server

beforeAll(async () => {
  at = await startFuzzed({ MAX_BODY_BYTES: '20000' })
  pool = await poolOf(at)
  server = createListener(at.gateway)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await at.close()
})

/** Returns the answer to a request over a socket; null when the server closes the socket without one. */
function exchange({ method, path, headers, body }: Sent): Promise<Answer | null> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk) => {
        text += chunk
      })
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, type: incoming.headers['content-type'] ?? '', text }),
      )
      incoming.on('error', reject)
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(null)
      else reject(error)
    })
    outgoing.end(body ?? undefined)
  })
}

/** Returns true for an exchange without a GraphQL result, because of its path, its method or its status. */
const isBare = ({ method, path }: Sent, { status }: Answer) =>
  !path.startsWith('/graphql') ||
  ['HEAD', 'OPTIONS'].includes(method) ||
  [204, 404, 405, 406, 415, 431].includes(status)

describe('requests of any kind', () => {
  it(
    'are answered, with a result where they are GraphQL',
    () =>
      fuzz(0.25, async (random, report) => {
        const sent = anyRequest({ schema: at.gateway.schema, pool, random })
        report(`${sent.method} ${sent.path}\n${JSON.stringify(sent.headers)}\n${sent.body?.toString('latin1') ?? ''}`)
        const answer = await exchange(sent)
        check(answer !== null, () => 'no answer')
        checkSound(answer, secretsOf(at))
        if (isBare(sent, answer)) return
        if (/^application\/(graphql-response\+)?json/.test(answer.type)) checkResult(answer)
        else
          check(
            /^text\/html|^text\/event-stream|^multipart\/mixed/.test(answer.type),
            () => `${answer.status} ${answer.type}: ${answer.text}`,
          )
      }),
    FUZZ_TIMEOUT_MS,
  )
})
