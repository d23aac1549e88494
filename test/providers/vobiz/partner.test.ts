import { afterEach, describe, expect, it } from 'vitest'
import { encodeGlobalId } from '../../../src/graphql/node.ts'
import { vobizPartner } from '../../../src/providers/vobiz/partner.ts'
import { readPartner } from '../../../src/providers/vobiz/partner-wire.ts'
import { PARTNER } from '../../../src/providers/vobiz/sandbox/partner.ts'
import { parseJson } from '../../../src/values/exact-json.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'
import { type KeyedGateway, startKeyedGateway } from '../../support/keyed-gateway.ts'

const errorContext = { provider: 'VOBIZ', operation: 'getPartner' }
const read = (text: string) => vobizPartner(readPartner(parseJson(text), errorContext, 'INR'))

describe('readPartner()', () => {
  it.each([
    ['a text', '"balance":"9750.00000"', { amount: '9750.00000', currency: 'INR' }],
    ['a number, with its digits', '"balance":9750.10', { amount: '9750.10', currency: 'INR' }],
    ['a negative number', '"balance":"-1.50000"', { amount: '-1.50000', currency: 'INR' }],
    ['a currency of its own', '"balance":"1","currency":"USD"', { amount: '1', currency: 'USD' }],
    ['null', '"balance":null', null],
  ])('reads a balance that is %s', (_, members, balance) => {
    expect(read(`{"auth_id":"PA_1",${members}}`).balance).toEqual(balance)
  })

  it('has null for what is absent or of another type', () => {
    expect(read('{"auth_id":"PA_1","name":5,"is_active":"yes","account_count":-1,"created_at":"today"}')).toEqual({
      typename: 'VobizPartner',
      locator: 'PA_1',
      authId: 'PA_1',
      name: null,
      company: null,
      email: null,
      billingModel: null,
      isActive: null,
      customerCount: null,
      customerLimit: null,
      balance: null,
      createdAt: null,
    })
  })

  it.each(['{}', '[]', '{"auth_id":""}', '{"auth_id":"PA_1","balance":"many"}', '{"auth_id":"PA_1","currency":5}'])(
    'rejects %s',
    (text) => {
      expect(() => read(text)).toThrow(/VOBIZ sent an answer that the gateway does not understand/)
    },
  )
})

let gateway: TestGateway | KeyedGateway | null = null
afterEach(() => gateway?.close())

const FIELDS =
  'id authId name company email billingModel isActive customerCount customerLimit balance { amount currency } createdAt'
const ID = encodeGlobalId('VobizPartner', PARTNER.authId)

describe('Query.vobizPartner', () => {
  it('has the partner and its balance, for one request, however often it is selected', async () => {
    gateway = await startGateway()
    const { data, requests } = await gateway.query(
      `{ vobizPartner { ${FIELDS} } again: vobizPartner { name } node(id: "${ID}") { ... on VobizPartner { authId } } }`,
    )
    expect(data).toEqual({
      vobizPartner: {
        id: ID,
        authId: PARTNER.authId,
        name: PARTNER.name,
        company: PARTNER.name,
        email: PARTNER.email,
        billingModel: 'direct',
        isActive: true,
        customerCount: gateway.vobiz.customers.length,
        customerLimit: 500,
        balance: { amount: PARTNER.balance, currency: 'INR' },
        createdAt: '2025-08-01T06:30:00.000000Z',
      },
      again: { name: PARTNER.name },
      node: { authId: PARTNER.authId },
    })
    expect(requests.VOBIZ).toBe(1)
  })

  it('is null as a node by the id of another partner', async () => {
    gateway = await startGateway()
    expect(await gateway.ask(`{ node(id: "${encodeGlobalId('VobizPartner', 'PA_OTHER')}") { id } }`)).toEqual({
      node: null,
    })
  })

  it.each([
    ['one customer', { VOBIZ: { accounts: ['MA_RA7D5QLF'] } }],
    ['another provider', { KOBBLE: 'all' }],
    ['nothing', {}],
  ])('is null for a caller with a grant for %s, without a request', async (_, grants) => {
    const keyed = await startKeyedGateway({ bound: grants })
    gateway = keyed
    const query = `{ vobizPartner { name } node(id: "${ID}") { id } }`
    const { data, errors, requests } = await keyed.query(query, {}, keyed.as('bound'))
    expect([data, errors]).toEqual([{ vobizPartner: null, node: null }, []])
    expect(requests.VOBIZ).toBe(0)
  })

  it.each([404, 403])('is null with an error when Vobiz answers %i', async (status) => {
    gateway = await startGateway()
    gateway.vobiz.server.fault({ kind: 'reply', on: ({ path }) => path === '/me', reply: { status } })
    const { data, errors } = await gateway.query('{ vobizPartner { name } providers { provider } }')
    expect(data).toMatchObject({ vobizPartner: null, providers: expect.any(Array) })
    expect(errors).toMatchObject([{ path: ['vobizPartner'], extensions: { operation: 'getPartner' } }])
  })
})
