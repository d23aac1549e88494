import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGateway, type Gateway } from '../../src/gateway.ts'
import { createLog } from '../../src/log.ts'

const CANARY = 'hunter2-canary'

describe('a body that is not JSON', () => {
  let gateway: Gateway
  let logged = ''
  beforeAll(() => {
    gateway = createGateway({
      environment: {},
      log: createLog('debug', (line) => {
        logged += line
      }),
    })
  })
  afterAll(() => gateway?.close())

  it.each([CANARY, `{"query":${CANARY}}`, `{"query":"{ __typename }"}${CANARY}`, `{"${CANARY}`, `["${CANARY}",]`])(
    'is rejected with a message that does not quote it: %s',
    async (body) => {
      for (const accept of ['application/json', 'application/graphql-response+json', '*/*']) {
        const response = await gateway.yoga.fetch('http://gateway.test/graphql', {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept },
          body,
        })
        expect(response.status).toBe(400)
        expect(await response.json()).toEqual({
          errors: [{ message: 'Expected the body to be JSON.', extensions: { code: 'BAD_REQUEST' } }],
        })
      }
      expect(logged).not.toContain(CANARY)
    },
  )
})
