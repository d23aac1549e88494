import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { encodeGlobalId } from '../../../src/graphql/node.ts'
import type { KobbleSandboxEntry, KobbleSandboxOptions } from '../../../src/providers/kobble/sandbox/index.ts'
import { hashApiKey } from '../../../src/server/auth/api-keys.ts'
import { exactly, ofKobble, SUMMARY, type Summary, sumUp, unitsOf } from '../../support/exact.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'
import { RUNS } from '../../support/runs.ts'
import { directionBy } from './contract.ts'

let at: TestGateway
afterEach(() => at.close())

async function start(kobble: KobbleSandboxOptions = {}, environment: Readonly<Record<string, string>> = {}) {
  at = await startGateway({ sandboxes: { kobble, vobiz: { data: 'empty' } }, environment })
  return at.kobble
}
const startEmpty = () => start({ data: 'empty' })

const walletIds = () => at.kobble.wallets.map(({ id }) => id)
const isList = ({ path }: { readonly path: string }) => path.endsWith('/wallets')

/** Makes the list of wallets fail with a status. */
const failList = (status: number) =>
  at.kobble.api.fault({ kind: 'reply', reply: { status, json: { message: 'no' } }, on: isList })

interface Listed {
  readonly transactions: { readonly summary: Summary; readonly nodes: readonly { readonly providerId: string }[] }
}

/** Returns the sums of the merged list, with Kobble as the only provider. */
async function sumsOf(filter: object): Promise<Summary> {
  const document = `query ($filter: TransactionFilter) { transactions(filter: $filter) { ${SUMMARY} } }`
  const { transactions } = await at.ask<Listed>(document, { filter: { providers: ['KOBBLE'], ...filter } })
  return exactly(transactions.summary)
}

const DIRECTIONS = '{ kobbleTransactions(first: 20) { nodes { providerId direction } } }'
interface Directions {
  readonly kobbleTransactions: {
    readonly nodes: readonly { providerId: string; direction: string | null }[]
    readonly summary: Summary
  }
}

describe('the sums of the made-up year', () => {
  const OCTOBER = { from: '2026-10-01', to: '2026-10-31' }

  it('count the card purchases of October, 8,567.61, as money that left the wallets', async () => {
    await start()
    const { totals } = await sumsOf({ ...OCTOBER, categories: ['SETTLEMENT', 'CARD_SPEND'] })
    expect(totals).toMatchObject([{ currency: 'AUD', credit: 0n, debit: unitsOf('8567.61'), internal: 0n }])
    const entries = at.kobble.entries.filter(({ created_at }) => created_at.startsWith('2026-10'))
    expect(await sumsOf(OCTOBER)).toEqual(sumUp(entries.map((entry) => ofKobble(walletIds(), entry))))
  })

  it('have 1,144,556.73 as the credits of a wallet, with a filter by direction as well as without', async () => {
    const { wallets } = await start()
    const kobbleWallets = [wallets[1]!.id]
    const credit = unitsOf('1144556.73')
    expect((await sumsOf({ kobbleWallets })).totals).toMatchObject([{ currency: 'AUD', credit }])
    const { totals } = await sumsOf({ kobbleWallets, directions: ['CREDIT'] })
    expect(totals).toMatchObject([{ currency: 'AUD', credit, debit: 0n, internal: 0n }])
  })
})

describe('Transaction.direction of Kobble', () => {
  it('costs one request for the wallets, and none while their list is kept', async () => {
    const { entries } = await start()
    const first = await at.query<Directions>(DIRECTIONS)
    const expected = entries.slice(0, 20).map((entry) => ({
      providerId: entry.id,
      direction: directionBy(entry, walletIds()),
    }))
    expect(first.data!.kobbleTransactions.nodes).toEqual(expected)
    expect(first.requests.KOBBLE).toBe(2)
    const second = await at.query<Directions>(DIRECTIONS)
    expect(second.data!.kobbleTransactions.nodes).toEqual(expected)
    expect(second.requests.KOBBLE).toBe(1)
  })

  it('is not read where neither it, nor a sum, nor a filter by it is selected', async () => {
    const { wallets } = await start()
    const [one, other] = wallets
    const documents = [
      '{ kobbleTransactions(first: 20) { totalCount nodes { providerId fromId toId amount { amount } } } }',
      `{ kobbleTransactions(first: 20) { nodes { directionFor(walletId: "${one!.id}") } } }`,
      `{ transactions(filter: { kobbleWallets: ["${one!.id}"], directions: [DEBIT] }) { nodes { id } summary { count } } }`,
      `{ transactions(filter: { kobbleWallets: ["${one!.id}", "${other!.id}"] }) { summary { totals { net } } } }`,
      `{ kobbleWallet(providerId: "${one!.id}") { transactions { edges { direction } summary { totals { net } } } } }`,
    ]
    for (const document of documents) await at.ask(document)
    expect(at.kobble.api.requests.filter(isList)).toEqual([])
  })

  it('shares the list of wallets with fields that show wallets', async () => {
    await start()
    const { requests } = await at.query(
      '{ kobbleWallets(first: 5) { nodes { id } } kobbleTransactions(first: 20) { nodes { direction } summary { count } } }',
    )
    expect(at.kobble.api.requests.filter(isList)).toHaveLength(1)
    expect(requests.KOBBLE).toBe(1 + Math.ceil(at.kobble.entries.length / 100) + 1)
    expect((await at.query(DIRECTIONS)).requests.KOBBLE).toBe(1)
  })

  it('shares one request for the list with the operations of the same time', async () => {
    await start()
    const answers = await Promise.all(Array.from({ length: 8 }, () => at.query(DIRECTIONS)))
    expect(answers.flatMap(({ errors }) => errors)).toEqual([])
    expect(at.kobble.api.requests.filter(isList)).toHaveLength(1)
  })

  it('knows a wallet that was opened after the list was read', async () => {
    const kobble = await startEmpty()
    const old = kobble.addWallet().id
    kobble.add({ to: old, created_at: '2026-01-01T00:00:00Z' })
    await at.ask(DIRECTIONS)
    const opened = kobble.addWallet().id
    kobble.add({ from: old, to: opened, created_at: new Date().toISOString() })
    kobble.add({ from: opened, to: 'elsewhere', created_at: new Date().toISOString() })
    const { data, requests } = await at.query<Directions>(DIRECTIONS)
    expect(data!.kobbleTransactions.nodes.map(({ direction }) => direction)).toEqual(['DEBIT', 'INTERNAL', 'CREDIT'])
    expect(requests.KOBBLE).toBe(2)
    expect((await at.query(DIRECTIONS)).requests.KOBBLE).toBe(1)
  })

  it('is null, with an error, when the list cannot be read; the page and everything else are answered', async () => {
    const kobble = await start()
    const { id } = kobble.wallets[0]!
    failList(403)
    const { data, errors, requests } = await at.query<Directions & Listed & { readonly own: unknown }>(
      `{ kobbleTransactions(first: 3) { nodes { providerId direction } }
         transactions(filter: { kobbleWallets: ["${id}"] }) { summary { count } nodes { providerId } } }`,
    )
    expect(data!.kobbleTransactions.nodes).toEqual(
      kobble.entries.slice(0, 3).map((entry) => ({ providerId: entry.id, direction: null })),
    )
    expect(data!.transactions.nodes).toHaveLength(20)
    expect(errors.map(({ path, extensions }) => [path, extensions.code, extensions.operation])).toEqual(
      [0, 1, 2].map((index) => [['kobbleTransactions', 'nodes', index, 'direction'], 'UPSTREAM_AUTH', 'listWallets']),
    )
    expect(at.kobble.api.requests.filter(isList)).toHaveLength(1)
    expect(requests.KOBBLE).toBeLessThan(20)
  })

  it('fails sums and filters by direction when the list cannot be read, and with PARTIAL shows the failure', async () => {
    await start()
    failList(403)
    for (const document of [
      '{ kobbleTransactions { summary { count } } }',
      '{ transactions(filter: { providers: [KOBBLE], directions: [CREDIT] }) { nodes { id } } }',
    ]) {
      const { data, errors } = await at.query(document)
      expect(data).toBeNull()
      expect(errors.map(({ extensions }) => [extensions.code, extensions.operation])).toEqual([
        ['UPSTREAM_AUTH', 'listWallets'],
      ])
    }
    const { data } = await at.query(
      '{ transactions(filter: { directions: [CREDIT] }, onProviderFailure: PARTIAL) { nodes { id } sources { provider error { code } } } }',
    )
    expect(data).toMatchObject({
      transactions: {
        nodes: [],
        sources: expect.arrayContaining([{ provider: 'KOBBLE', error: { code: 'UPSTREAM_AUTH' } }]),
      },
    })
  })

  it('keeps to MAX_UPSTREAM_REQUESTS with the list of wallets', async () => {
    await start({}, { MAX_UPSTREAM_REQUESTS: '1' })
    const { data, errors } = await at.query<Directions>(DIRECTIONS)
    expect(data!.kobbleTransactions.nodes).toHaveLength(20)
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['LIMIT_EXCEEDED']))
  })

  it('pages a list with a filter by direction in both ways, with the same entries and exact flags', async () => {
    await start()
    const wanted = at.kobble.entries.filter((entry) => directionBy(entry, walletIds()) === 'INTERNAL')
    const filter = 'filter: { providers: [KOBBLE], directions: [INTERNAL] }'
    type Page = {
      readonly transactions: Listed['transactions'] & {
        readonly pageInfo: { hasPreviousPage: boolean; hasNextPage: boolean; startCursor: string; endCursor: string }
      }
    }
    const page = 'nodes { providerId } pageInfo { hasPreviousPage hasNextPage startCursor endCursor }'
    const read = async (args: string) =>
      (await at.ask<Page>(`{ transactions(${args}, ${filter}) { ${page} } }`)).transactions
    const ids = (from: number, to: number) => wanted.slice(from, to).map(({ id }) => ({ providerId: id }))
    const first = await read('first: 10')
    expect([first.nodes, first.pageInfo.hasPreviousPage, first.pageInfo.hasNextPage]).toEqual([ids(0, 10), false, true])
    const second = await read(`first: 10, after: "${first.pageInfo.endCursor}"`)
    expect([second.nodes, second.pageInfo.hasPreviousPage]).toEqual([ids(10, 20), true])
    const back = await read(`last: 10, before: "${second.pageInfo.startCursor}"`)
    expect([back.nodes, back.pageInfo.hasNextPage, back.pageInfo.hasPreviousPage]).toEqual([ids(0, 10), true, false])
  })
})

describe('a caller who is bound to wallets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'directions-'))
  const key = 'a-key-that-only-this-test-knows-0123456789'
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('sees the same directions as the client, and no wallet of others', async () => {
    const file = join(folder, 'keys.json')
    const kobbleGrant = { KOBBLE: { accounts: ['own'] } }
    const sha256 = hashApiKey(key).toString('hex')
    writeFileSync(file, JSON.stringify({ keys: [{ name: 'bound', sha256, grants: kobbleGrant }] }))
    const kobble = await start({ data: 'empty' }, { AUTH_MODE: 'api-key', API_KEYS_FILE: file })
    for (const id of ['own', 'other']) kobble.addWallet({ id })
    for (const [from, to] of [
      ['own', 'other'],
      ['other', 'own'],
      ['own', 'elsewhere'],
      ['elsewhere', 'own'],
      ['own', 'own'],
      ['other', 'elsewhere'],
    ] as const) {
      kobble.add({ from, to, amount: '10' })
    }
    const shown = kobble.entries.filter(({ from, to }) => from === 'own' || to === 'own')
    const { data, errors, text, requests } = await at.query<
      Directions & Listed & { readonly from: Listed['transactions'] }
    >(
      `{ kobbleTransactions { nodes { providerId direction } ${SUMMARY} }
         from: transactions(filter: { kobbleWallets: ["own", "other"] }) { ${SUMMARY} } }`,
      {},
      { authorization: `Bearer ${key}` },
    )
    expect(errors).toEqual([])
    expect(data!.kobbleTransactions.nodes).toEqual(
      shown.map((entry) => ({ providerId: entry.id, direction: directionBy(entry, ['own', 'other']) })),
    )
    expect(text).not.toContain('"other"')
    // Sums are as seen from the granted wallets; one that is not granted is as good as not given.
    const sums = sumUp(shown.map((entry) => ofKobble(['own'], entry)))
    expect([exactly(data!.kobbleTransactions.summary), exactly(data!.from.summary)]).toEqual([sums, sums])
    // The page, the entries of the sums, and the wallets.
    expect(requests.KOBBLE).toBe(3)
  })
})

describe('KobbleTransaction.directionFor', () => {
  async function directionFor(entry: KobbleSandboxEntry, walletId: string) {
    const document =
      'query ($id: ID!, $walletId: ID!) { kobbleTransaction(providerId: $id) { directionFor(walletId: $walletId) } }'
    const answer = await at.query<{ kobbleTransaction: { directionFor: string | null } }>(document, {
      id: entry.id,
      walletId,
    })
    expect(answer.requests.KOBBLE).toBe(1)
    return answer
  }

  it("takes global ids and Kobble's own", async () => {
    const kobble = await startEmpty()
    const [payer, receiver, third] = [kobble.addWallet().id, kobble.addWallet().id, kobble.addWallet().id]
    const entry = kobble.add({ from: payer, to: receiver })
    for (const idOf of [(id: string) => id, (id: string) => encodeGlobalId('KobbleWallet', id)]) {
      for (const [wallet, direction] of [
        [payer, 'DEBIT'],
        [receiver, 'CREDIT'],
        [third, null],
      ] as const) {
        expect((await directionFor(entry, idOf(wallet!))).data!.kobbleTransaction.directionFor).toBe(direction)
      }
    }
    const itself = kobble.add({ from: payer, to: payer })
    expect((await directionFor(itself, payer)).data!.kobbleTransaction.directionFor).toBe('INTERNAL')
  })

  it.each([
    ['of an entry', encodeGlobalId('KobbleTransaction', 'x'), 'an id of KobbleTransaction'],
    ['of another provider', encodeGlobalId('VobizCustomer', 'x'), 'an id of VobizCustomer'],
    ['that is none', 'not an id', 'something else'],
  ])('refuses an id %s', async (_, walletId, given) => {
    const kobble = await startEmpty()
    const { data, errors } = await directionFor(kobble.add(), walletId)
    expect(data).toEqual({ kobbleTransaction: { directionFor: null } })
    expect(errors.map(({ message, extensions }) => [message, extensions.code])).toEqual([
      [
        `Argument "walletId" takes global ids of KobbleWallet, or ids of 1 to 64 letters, digits, "_" or "-"; got ${given}.`,
        'BAD_USER_INPUT',
      ],
    ])
  })
})

describe('sums and filters by direction', () => {
  it('equal brute force for any ownership, as seen by the client and from any of its wallets', async () => {
    const side = fc.constantFrom('a', 'b', 'c', 'elsewhere', 'another', null)
    const made = fc.array(
      fc.record({
        from: side,
        to: side,
        amount: fc.constantFrom('1', '0.25', '300'),
        status: fc.constantFrom('ACCEPTED', 'PENDING'),
      }),
      { maxLength: 30 },
    )
    const wallets = fc.option(fc.subarray(['a', 'b', 'c', 'elsewhere'], { minLength: 1 }))
    const directions = fc.option(fc.subarray(['CREDIT', 'DEBIT', 'INTERNAL'], { minLength: 1 }))
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(['a', 'b', 'c']),
        made,
        fc.array(fc.tuple(wallets, directions), { minLength: 1, maxLength: 6 }),
        async (owned, given, filters) => {
          const kobble = await startEmpty()
          for (const id of owned) kobble.addWallet({ id })
          for (const entry of given) kobble.add(entry)
          for (const [kobbleWallets, wanted] of filters) {
            const viewers = kobbleWallets ?? owned
            const matching = kobble.entries.filter(
              (entry) =>
                (kobbleWallets === null ||
                  [entry.from, entry.to].some((id) => id !== null && kobbleWallets.includes(id))) &&
                (wanted === null || wanted.includes(directionBy(entry, viewers) ?? '')),
            )
            const filter = { providers: ['KOBBLE'], kobbleWallets, directions: wanted }
            const { transactions } = await at.ask<Listed>(
              `query ($filter: TransactionFilter) { transactions(first: 100, filter: $filter) { ${SUMMARY} nodes { providerId } } }`,
              { filter },
            )
            expect(transactions.nodes.map(({ providerId }) => providerId).sort()).toEqual(
              matching.map(({ id }) => id).sort(),
            )
            expect(exactly(transactions.summary)).toEqual(sumUp(matching.map((entry) => ofKobble(viewers, entry))))
          }
          await at.close()
        },
      ),
      { numRuns: RUNS.walks(15, 0.05) },
    )
    await startEmpty()
  })
})
