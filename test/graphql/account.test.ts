import { afterEach, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../../src/gateway.ts'
import type { AccountRecord } from '../../src/graphql/account.ts'
import { encodeGlobalId } from '../../src/graphql/node.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { createSchema } from '../../src/schema.ts'
import { example } from '../support/example-provider/index.ts'
import { createExampleSandbox } from '../support/example-provider/sandbox.ts'
import { pickProviders, startGateway, type TestGateway } from '../support/gateway.ts'
import { type KeyedGateway, startKeyedGateway } from '../support/keyed-gateway.ts'

interface Account {
  readonly id: string
  readonly provider: string
  readonly displayName?: string
}

interface Entries {
  readonly transactions: {
    readonly nodes: readonly { readonly providerId: string; readonly accounts: readonly Account[] }[]
  }
}

const TWO = pickProviders('KOBBLE', 'VOBIZ')
const OUTSIDE = 'c0ffee00-0000-4000-8000-000000000001'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const at of open.splice(0).reverse()) await at.close()
})

async function start(options: Parameters<typeof startGateway>[0] = {}): Promise<TestGateway> {
  const gateway = await startGateway({ providers: TWO, ...options })
  open.push(gateway)
  return gateway
}

/** A page of all entries; `$if` is false. */
function listOf(fields: string): string {
  const variables = fields.includes('$if') ? '($if: Boolean = false)' : ''
  return `query Accounts${variables} { transactions(first: 100) { nodes { providerId accounts { ${fields} } } } }`
}

/** Adds two customers with an entry each, and movements of two wallets with each other and with an account elsewhere. */
function fill({ vobiz, kobble }: TestGateway) {
  const [named, unnamed] = [vobiz.addCustomer({ name: 'Lotus Hotels' }), vobiz.addCustomer({ name: ' ', company: '' })]
  const [one, other] = [kobble.addWallet(), kobble.addWallet()]
  const customers = [named, unnamed].map(({ auth_id }) => vobiz.add({ account_id: auth_id }).id)
  const between = kobble.add({ from: one.id, to: other.id }).id
  const within = kobble.add({ from: one.id, to: one.id }).id
  const outgoing = kobble.add({ from: one.id, to: OUTSIDE }).id
  const incoming = kobble.add({ from: null, to: other.id }).id
  return { named, unnamed, one, other, customers, between, within, outgoing, incoming }
}

const walletId = ({ id }: { readonly id: string }) => encodeGlobalId('KobbleWallet', id)
const customerId = ({ auth_id }: { readonly auth_id: string }) => encodeGlobalId('VobizCustomer', auth_id)

/** Returns the accounts of each entry by the entry's id. */
const accountsIn = ({ transactions }: Entries) =>
  Object.fromEntries(transactions.nodes.map(({ providerId, accounts }) => [providerId, accounts]))

describe('Transaction.accounts', () => {
  it('lists whose entry it is, with names, for one further request to each provider', async () => {
    const gateway = await start({ data: 'empty' })
    const made = fill(gateway)
    const { data, requests } = await gateway.query<Entries>(listOf('id provider displayName'))
    const wallet = (of: typeof made.one) => ({
      id: walletId(of),
      provider: 'KOBBLE',
      displayName: `Wallet ${of.id.slice(0, 8)}`,
    })
    expect(accountsIn(data!)).toEqual({
      [made.customers[0]!]: [{ id: customerId(made.named), provider: 'VOBIZ', displayName: 'Lotus Hotels' }],
      [made.customers[1]!]: [{ id: customerId(made.unnamed), provider: 'VOBIZ', displayName: made.unnamed.auth_id }],
      [made.between]: [wallet(made.one), wallet(made.other)],
      [made.within]: [wallet(made.one)],
      [made.outgoing]: [wallet(made.one)],
      [made.incoming]: [wallet(made.other)],
    })
    // Two customers cost a request each; the three sides of Kobble's entries are looked up in its list of wallets.
    expect(requests).toMatchObject({ VOBIZ: 3, KOBBLE: 2 })
  })

  it('reads the names of a page of the sandbox with one further request to each provider', async () => {
    const gateway = await start()
    const { data, requests } = await gateway.query<Entries>(listOf('displayName'))
    expect(requests).toMatchObject({ VOBIZ: 2, KOBBLE: 2 })
    const names = new Set(data!.transactions.nodes.flatMap(({ accounts }) => accounts.map((one) => one.displayName)))
    expect(names.size).toBeGreaterThan(6)
  })

  it.each([
    'id provider',
    '__typename id provider',
    '... on Node { id } ... on VobizCustomer { id } ... on KobbleWallet { provider }',
    'id displayName @include(if: $if)',
  ])('reads nothing beside the page for { %s }, and lists every side', async (fields) => {
    const gateway = await start({ data: 'empty' })
    const made = fill(gateway)
    const { data, errors, requests } = await gateway.query<Entries>(listOf(`${fields} id provider`))
    expect(errors).toEqual([])
    expect(requests).toMatchObject({ VOBIZ: 1, KOBBLE: 1 })
    const accounts = accountsIn(data!)
    expect(accounts[made.outgoing]).toMatchObject([{ id: walletId(made.one) }, { id: walletId({ id: OUTSIDE }) }])
    expect(accounts[made.customers[0]!]).toMatchObject([{ id: customerId(made.named), provider: 'VOBIZ' }])
  })

  it('reads what a fragment on one type of account selects', async () => {
    const gateway = await start({ data: 'empty' })
    const made = fill(gateway)
    const { data, requests } = await gateway.query<Entries>(listOf('id ... on VobizCustomer { name }'))
    expect(accountsIn(data!)[made.customers[0]!]).toEqual([{ id: customerId(made.named), name: 'Lotus Hotels' }])
    expect(requests).toMatchObject({ VOBIZ: 3, KOBBLE: 1 })
  })

  it("leaves out the partner's own account, which is known to be no customer", async () => {
    const gateway = await start({ data: 'empty' })
    const partner = gateway.vobiz.environment.VOBIZ_AUTH_ID!
    const { id } = gateway.vobiz.add({ account_id: partner, ledger: 'global' })
    for (const fields of ['id', 'displayName']) {
      const { data, requests } = await gateway.query<Entries>(listOf(fields))
      expect(accountsIn(data!)).toEqual({ [id]: [] })
      expect(requests.VOBIZ).toBe(1)
    }
  })

  it('fails the entry, and not the page, when the name cannot be read', async () => {
    const gateway = await start({ data: 'empty' })
    const made = fill(gateway)
    gateway.vobiz.server.fault({
      kind: 'reply',
      on: ({ path }) => path.startsWith('/accounts'),
      reply: { status: 400 },
    })
    const { data, errors } = await gateway.query<Entries>(listOf('displayName'))
    expect(data!.transactions.nodes.filter((node) => node === null)).toHaveLength(made.customers.length)
    expect(errors.map(({ extensions, path }) => [extensions.code, path?.at(-1)])).toEqual(
      made.customers.map(() => ['UPSTREAM_ERROR', 'accounts']),
    )
  })

  it('shows a bound caller only its own side', async () => {
    const wallets = await start()
    const [own, other] = wallets.kobble.wallets
    const gateway: KeyedGateway = await startKeyedGateway(
      { bound: { KOBBLE: { accounts: [own!.id] } } },
      { providers: TWO },
    )
    open.push(gateway)
    for (const fields of ['id', 'id displayName']) {
      const { data, text } = await gateway.query<Entries>(listOf(fields), {}, gateway.as('bound'))
      const accounts = data!.transactions.nodes.flatMap((node) => node.accounts)
      expect(new Set(accounts.map(({ id }) => id))).toEqual(new Set([walletId(own!)]))
      expect(text).not.toContain(walletId(other!))
    }
  })

  it('is a node: its id alone fetches the account again', async () => {
    const gateway = await start({ data: 'empty' })
    const made = fill(gateway)
    for (const [id, displayName] of [
      [customerId(made.named), 'Lotus Hotels'],
      [walletId(made.one), `Wallet ${made.one.id.slice(0, 8)}`],
    ]) {
      expect(await gateway.ask(`{ node(id: "${id}") { ... on Account { id displayName } } }`)).toEqual({
        node: { id, displayName },
      })
    }
  })
})

/** Registers an account type at the example provider, as a provider with accounts does. */
const exampleWithAccounts: Provider = {
  ...example,
  defineTypes(builder, shared) {
    example.defineTypes(builder, {
      ...shared,
      addNodeType: (typename, options) =>
        shared.addNodeType(typename, {
          ...options,
          accountsOf: () => ['main', 'closed'],
          accountType: 'ExampleAccount',
        }),
    })
    builder.objectRef<AccountRecord>('ExampleAccount').implement({
      description: 'Account at Example.',
      interfaces: [shared.Node, shared.Account],
    })
    shared.addNodeType('ExampleAccount', {
      provider: 'EXAMPLE',
      accountsOf: ({ locator }) => [locator],
      load: async (locator) =>
        locator === 'main' ? { typename: 'ExampleAccount', locator, displayName: 'Main account' } : null,
    })
  },
}

describe('the accounts of a further provider', () => {
  it.each([
    ['has none without an account type', example, 'id', []],
    [
      'names them by the definitions of its node types',
      exampleWithAccounts,
      'id provider displayName',
      [{ id: encodeGlobalId('ExampleAccount', 'main'), provider: 'EXAMPLE', displayName: 'Main account' }],
    ],
    [
      'has their ids without a loader',
      exampleWithAccounts,
      'id',
      ['main', 'closed'].map((locator) => ({ id: encodeGlobalId('ExampleAccount', locator) })),
    ],
  ])('%s', async (_, provider, fields, expected) => {
    const sandbox = await createExampleSandbox()
    open.push(sandbox)
    sandbox.add({})
    const gateway = await start({ data: 'empty', providers: [provider], environment: sandbox.environment })
    const { transactions } = await gateway.ask<Entries>(`{ transactions { nodes { accounts { ${fields} } } } }`)
    expect(transactions.nodes).toEqual([{ accounts: expected }])
  })
})

describe('every registered provider with accounts', () => {
  const { schema } = createSchema(PROVIDERS)
  it.each(PROVIDERS.filter(({ accountFilter }) => accountFilter !== null).map(({ name }) => name))(
    'implements Account: %s',
    (name) => {
      const types = schema.getPossibleTypes(schema.getType('Account') as never).map((type) => type.name)
      expect(types.some((type) => type.toUpperCase().startsWith(name))).toBe(true)
    },
  )
})
