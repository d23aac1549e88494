import { transactionAt, transactionIdOf, WALLETS, walletAt, walletIdOf } from '../data/kobble.ts'
import { accountAt, authIdOf, CUSTOMERS, ledgerOf } from '../data/vobiz.ts'
import { selectKobble, selectVobiz } from './fields.ts'
import { kobbleTransaction, kobbleWallets, vobizAccount, vobizDay } from './targets.ts'
import { type Ask, forVariants, type Plan, type Workload } from './workload.ts'

/** Entities of each of the four types. */
const OF_EACH_TYPE = 25
/** Customers and wallets are among the first of their lists. The variants begin at different ones. */
const FIRST_CUSTOMERS = 200
const STEP = 5
/** The entry of each customer's ledger that is requested. */
const ENTRY = 3

const KOBBLE = selectKobble('providerId', 'amount', 'providerType', 'createdAt')
const VOBIZ = selectVobiz('providerId', 'amount', 'providerType', 'createdAt')

const numbers = Array.from({ length: OF_EACH_TYPE }, (_, index) => index)

/** Returns the entities of one variant, by their numbers in the data. */
function entitiesOf(variant: number) {
  const first = variant * STEP
  return numbers.map((index) => ({
    customer: (first + index) % FIRST_CUSTOMERS,
    wallet: (first + index) % WALLETS,
    transaction: variant * OF_EACH_TYPE + index,
    /** The customer whose entry is requested. */
    account: (variant * OF_EACH_TYPE + index) % CUSTOMERS,
  }))
}

const entryOf = (account: number) => ledgerOf(account).at(ENTRY)

function expectedWallet(wallet: number): object {
  const { id, amount, asset, holder_id } = walletAt(wallet)
  const available = { amount: String(amount), currency: asset }
  return { __typename: 'KobbleWallet', providerId: id, holderId: holder_id, available }
}

function plan(variant: number): Plan {
  const entities = entitiesOf(variant)
  const expected = entities.flatMap(({ customer, wallet, transaction, account }) => [
    { __typename: 'VobizCustomer', authId: authIdOf(customer), name: accountAt(customer).name },
    { __typename: 'KobbleTransaction', ...KOBBLE.expected(transactionAt(transaction)) },
    expectedWallet(wallet),
    { __typename: 'VobizTransaction', ...VOBIZ.expected(entryOf(account)) },
  ])
  const targets = entities.flatMap(({ customer, transaction, account }) => [
    vobizAccount(authIdOf(customer)),
    kobbleTransaction(transactionIdOf(transaction)),
    vobizDay(authIdOf(account), entryOf(account).created_at.slice(0, 10)),
  ])
  // One request for all wallets takes the place of one for each.
  return { stages: [[...targets, kobbleWallets()]], expected: { _entities: expected }, rows: expected.length }
}

type EntryIds = Readonly<
  Record<string, { readonly transactions: { readonly nodes: readonly { readonly id: string }[] } }>
>

/** Returns the global ids of the entries of Vobiz, which only the server under test can make. */
async function readEntryIds(ask: Ask, accounts: readonly number[]): Promise<string[]> {
  const fields = accounts.map(
    (account, index) =>
      `c${index}: vobizCustomer(authId: "${authIdOf(account)}") { transactions(first: ${ENTRY + 1}) { nodes { id } } }`,
  )
  const answer = (await ask(`{ ${fields.join('\n')} }`, {})) as EntryIds
  return accounts.map((_, index) => answer[`c${index}`]?.transactions.nodes[ENTRY]?.id ?? '')
}

async function prepareVariant(ask: Ask, variant: number): Promise<object> {
  const entities = entitiesOf(variant)
  const entryIds = await readEntryIds(
    ask,
    entities.map(({ account }) => account),
  )
  const representations = entities.flatMap(({ customer, wallet, transaction }, index) => [
    { __typename: 'VobizCustomer', authId: authIdOf(customer) },
    { __typename: 'KobbleTransaction', providerId: transactionIdOf(transaction) },
    { __typename: 'KobbleWallet', providerId: walletIdOf(wallet) },
    { __typename: 'VobizTransaction', id: entryIds[index] },
  ])
  return { representations }
}

export const ENTITIES: Workload = {
  name: 'W8',
  title: `_entities with ${4 * OF_EACH_TYPE} representations of four types`,
  document: `query W8($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on VobizCustomer { authId name }
    ... on KobbleTransaction { ${KOBBLE.text} }
    ... on KobbleWallet { providerId holderId available { amount currency } }
    ... on VobizTransaction { ${VOBIZ.text} }
  }
}`,
  // Few, since they share the lists of customers and wallets while these are in flight.
  clients: 4,
  latencyMs: 0,
  variants: 32,
  plan,
  prepare: (ask, variants) => forVariants(variants, (variant) => prepareVariant(ask, variant)),
}
