import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGateway } from '../src/gateway.ts'
import { encodeGlobalId } from '../src/graphql/node.ts'
import { NO_REQUESTS, startGateway, type TestGateway } from './support/gateway.ts'

const CUSTOMERS = ['MA_RA7D5QLF', 'MA_THPJK6RU', 'MA_NOBODY']
const WALLETS = ['7563fb62-373b-439e-abf9-05bc78940bd3', '726dccda-0ceb-4d5d-be6a-1036475eeb95', 'no-wallet']
const GLOBAL_CUSTOMERS = CUSTOMERS.map((id) => encodeGlobalId('VobizCustomer', id))
const GLOBAL_WALLETS = WALLETS.map((id) => encodeGlobalId('KobbleWallet', id))

describe('the account fields of TransactionFilter', () => {
  let at: TestGateway
  beforeAll(async () => {
    at = await startGateway()
  })
  afterAll(() => at.close())

  const idsOf = (count: number) => Array.from({ length: count }, (_, index) => `MA_${index}`)
  const DOCUMENT =
    'query ($filter: TransactionFilter) { transactions(first: 5, filter: $filter) { nodes { id } pageInfo { endCursor } } }'

  it('is the same list for own ids and global ones, so that cursors of one are cursors of the other', async () => {
    const [one, ...others] = [
      { vobizCustomers: CUSTOMERS.slice(0, 2), kobbleWallets: WALLETS.slice(0, 1) },
      { vobizCustomers: GLOBAL_CUSTOMERS.slice(0, 2), kobbleWallets: GLOBAL_WALLETS.slice(0, 1) },
      { accounts: [GLOBAL_WALLETS[0], ...GLOBAL_CUSTOMERS.slice(0, 2), GLOBAL_WALLETS[0]] },
      { accounts: [GLOBAL_WALLETS[0], GLOBAL_CUSTOMERS[1]], vobizCustomers: CUSTOMERS.slice(0, 2) },
    ]
    const { data, requests } = await at.query(DOCUMENT, { filter: one })
    expect(requests).toMatchObject({ VOBIZ: 2, KOBBLE: 1 })
    for (const filter of others) {
      const answer = await at.query(DOCUMENT, { filter })
      expect(answer.data).toEqual(data)
      expect(answer.requests).toMatchObject({ VOBIZ: 2, KOBBLE: 1 })
    }
  })

  it.each([
    ['vobizCustomers', 'KobbleWallet', 'VobizCustomer, or ids of 1 to 64 letters, digits, "_" or "-"'],
    ['vobizCustomers', 'VobizTransaction', 'VobizCustomer, or ids of 1 to 64 letters, digits, "_" or "-"'],
    ['kobbleWallets', 'VobizCustomer', 'KobbleWallet, or ids of 1 to 64 letters, digits, "_" or "-"'],
    ['kobbleWallets', 'KobbleTransaction', 'KobbleWallet, or ids of 1 to 64 letters, digits, "_" or "-"'],
    ['accounts', 'KobbleTransaction', 'KobbleWallet or VobizCustomer'],
  ])('refuses in %s the id of a %s', async (field, typename, expected) => {
    const filter = { [field]: [encodeGlobalId(typename, 'a')] }
    const { errors, requests } = await at.query(DOCUMENT, { filter })
    expect(errors.map(({ message, extensions }) => [message, extensions])).toEqual([
      [`Filter "${field}" takes global ids of ${expected}; got an id of ${typename}.`, { code: 'BAD_USER_INPUT' }],
    ])
    expect(requests).toEqual(NO_REQUESTS)
  })

  it("refuses a provider's own id where it could be of any provider", async () => {
    const { errors, requests } = await at.query(DOCUMENT, { filter: { accounts: [CUSTOMERS[0]] } })
    expect(errors.map(({ message }) => message)).toEqual([
      'Filter "accounts" takes global ids of KobbleWallet or VobizCustomer; got something else.',
    ])
    expect(requests).toEqual(NO_REQUESTS)
  })

  it.each(['vobizCustomers', 'kobbleWallets'])('refuses more than 100 %s before anything is read', async (field) => {
    for (const count of [101, 1905]) {
      const { errors, requests } = await at.query(DOCUMENT, { filter: { [field]: idsOf(count) } })
      expect(errors.map(({ message, extensions }) => [message, extensions])).toEqual([
        [
          `Filter "${field}" takes at most 100 ids; got ${count}. Request the others in further operations.`,
          { code: 'BAD_USER_INPUT' },
        ],
      ])
      expect(requests).toEqual(NO_REQUESTS)
    }
  })

  it('refuses them before a provider that is switched off is reported', async () => {
    const off = createGateway({ environment: { LOG_LEVEL: 'silent' } })
    const response = await off.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: DOCUMENT, variables: { filter: { kobbleWallets: idsOf(101) } } }),
    })
    expect(await response.text()).toContain('BAD_USER_INPUT')
    await off.close()
  })

  it('reads each account once, however often it is given', async () => {
    const filter = { vobizCustomers: Array(100).fill(CUSTOMERS[0]) }
    const { errors, requests } = await at.query(DOCUMENT, { filter })
    expect([errors, requests.VOBIZ]).toEqual([[], 1])
  })

  it('reserves a request for each account before the first is sent', async () => {
    const low = await startGateway({ environment: { MAX_UPSTREAM_REQUESTS: '50' } })
    const refused = await low.query(DOCUMENT, { filter: { vobizCustomers: idsOf(51) } })
    expect(refused.errors.map(({ message, extensions }) => [message, extensions.code])).toEqual([
      [
        'This operation would send at least 51 requests to providers, and one may send at most 50. Ask for less, or in several operations.',
        'LIMIT_EXCEEDED',
      ],
    ])
    expect(refused.requests.VOBIZ).toBe(0)
    const allowed = await low.query(DOCUMENT, { filter: { vobizCustomers: idsOf(50) } })
    expect([allowed.errors, allowed.requests.VOBIZ]).toEqual([[], 50])
    await low.close()
  })

  it('reserves one for each account once, also where several fields read it', async () => {
    const low = await startGateway({ environment: { MAX_UPSTREAM_REQUESTS: '50' } })
    const filter = { vobizCustomers: idsOf(40) }
    const query = `query ($filter: TransactionFilter) {
      newest: transactions(first: 1, filter: $filter) { nodes { id } }
      again: transactions(first: 1, filter: $filter) { totalCount nodes { id } }
    }`
    const { errors, requests } = await low.query(query, { filter })
    expect([errors, requests.VOBIZ]).toEqual([[], 40])
    await low.close()
  })
})
