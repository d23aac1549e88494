import { type FaultDocument, MONEY } from '../../faults/support/fault-kit.ts'
import { contractRow, contractValue } from '../../support/contract.ts'
import { createExampleApi, type ExampleApi } from '../../support/example-provider/http.ts'
import type { ExampleSandbox } from '../../support/example-provider/sandbox.ts'
import type { ProviderKit } from '../../support/kits.ts'
import { ANY_ID, recordOperations } from '../../support/upstream-operations.ts'

/** By `kind` of a row: the direction of the entry. */
const DIRECTIONS = [
  ['in', 'CREDIT'],
  ['out', 'DEBIT'],
] as const

/** By `kind` of a row: the category of the entry. */
const CATEGORIES = [
  ['in', 'TOP_UP'],
  ['out', 'USAGE'],
] as const

/** By `state` of a row: the status of the entry, and whether it affects the balance. */
const STATUSES = [
  ['booked', 'COMPLETED', true],
  ['reserved', 'UNKNOWN', false],
] as const

/** The test kit of the example provider. It has one account, which grants and filters cannot name. */
export const kit: ProviderKit<ExampleSandbox> = {
  operations: await recordOperations<ExampleApi>((client) => createExampleApi(client, ''), {
    listEntries: (api) => api.listEntries({ limit: 1 }),
    getEntry: (api) => api.getEntry(ANY_ID),
  }),
  faults: {
    notFound: { statuses: [404], operations: ['getEntry'] },
    optional: null,
    unified: { all: ['listEntries'], ofAccounts: [], accounts: 0 },
    invalidFields: (secret) => ({ value: `${secret} ${secret}` }),
    documents: exampleFaultDocuments,
  },
  fill(sandbox, timestamps) {
    for (const [index, created_at] of timestamps.entries()) {
      sandbox.add({ created_at, kind: index % 3 === 0 ? 'out' : 'in' })
    }
  },
  // Its API has nothing that callers must not see, beside the key in the environment.
  plantSecrets() {},
  unusableVariables: () => ({}),
  secretsOf: () => [],
  accountsOf: () => [],
  argumentsOf: () => ({}),
  objectsOf: ({ entries }) => [{ typename: 'ExampleTransaction', locator: entries[0]!.id, keys: {} }],
  lists: ['NEWEST_FIRST', 'OLDEST_FIRST'].map((order) => ({
    field: 'exampleTransactions',
    args: `order: ${order}`,
    key: JSON.stringify(['exampleTransactions', order]),
  })),
  entriesOf: ({ entries }) =>
    entries.map(({ id, value, currency, kind, state, created_at }) => ({
      id,
      direction: contractValue(DIRECTIONS, kind),
      status: contractValue(STATUSES, state),
      affectsBalance: contractRow(STATUSES, state)[2],
      category: contractValue(CATEGORIES, kind),
      categories: [contractValue(CATEGORIES, kind)],
      currency,
      // The sandbox makes entries in pounds, sent in pence.
      amount: Number(value) / 100,
      reference: null,
      createdAt: created_at,
      accounts: [],
      lists: ['all'],
    })),
  rowsOf: ({ entries }) => entries.map((row) => ({ accounts: [], texts: [row.id], row })),
}

/** Documents that lead to every operation of the example provider. */
function exampleFaultDocuments(_: ExampleSandbox, idOf: (list: string) => string): readonly FaultDocument[] {
  return [
    {
      name: 'exampleTransactions',
      text: `{ exampleTransactions(first: 20) { nodes { providerId amount ${MONEY} } pageInfo { hasNextPage } } }`,
      home: ['listEntries'],
    },
    {
      name: 'node of Example',
      text: `{ node(id: ${idOf('exampleTransactions')}) { ... on ExampleTransaction { providerId } } }`,
      home: ['getEntry'],
      absent: { getEntry: [[['node'], null]] },
    },
  ]
}
