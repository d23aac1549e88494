import { afterEach, describe, expect, it } from 'vitest'
import { NO_REQUESTS, pickProviders, startGateway, type TestGateway } from '../support/gateway.ts'
import { type KeyedGateway, startKeyedGateway } from '../support/keyed-gateway.ts'

const PROVIDERS = '{ providers { provider configured } }'
const TWO = pickProviders('KOBBLE', 'VOBIZ')

let gateway: TestGateway | KeyedGateway | null = null
afterEach(() => gateway?.close())

describe('Query.providers', () => {
  it('lists the providers, configured or not, without an upstream request', async () => {
    const environment = { VOBIZ_BASE_URL: undefined, VOBIZ_AUTH_ID: undefined, VOBIZ_AUTH_TOKEN: undefined }
    gateway = await startGateway({ providers: TWO, environment })
    expect(await gateway.ask(PROVIDERS)).toEqual({
      providers: [
        { provider: 'KOBBLE', configured: true },
        { provider: 'VOBIZ', configured: false },
      ],
    })
    expect(gateway.requests()).toEqual(NO_REQUESTS)
  })

  it.each([
    ['all', undefined, ['KOBBLE', 'VOBIZ']],
    ['one whole provider', { VOBIZ: 'all' }, ['VOBIZ']],
    ['accounts of one provider', { KOBBLE: { accounts: ['some-wallet'] } }, ['KOBBLE']],
    ['nothing', {}, []],
  ])('lists those of which the caller may read data: with a grant of %s', async (_, grants, expected) => {
    const keyed = await startKeyedGateway({ caller: grants }, { providers: TWO })
    gateway = keyed
    const { data } = await keyed.query(PROVIDERS, {}, keyed.as('caller'))
    expect(data).toEqual({ providers: expected.map((provider) => ({ provider, configured: true })) })
    expect(keyed.requests()).toEqual(NO_REQUESTS)
  })
})
