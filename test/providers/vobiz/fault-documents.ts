import type { VobizSandbox } from '../../../src/providers/vobiz/sandbox/index.ts'
import {
  below,
  type Edit,
  EMPTY_LIST,
  FAULT_DAY,
  type FaultDocument,
  MONEY,
  unifiedDocuments,
} from '../../faults/support/fault-kit.ts'

const PERIOD = `period: { from: "${FAULT_DAY}", to: "${FAULT_DAY}" }`
const RECONCILIATION = '{ balanced global { count } partner { count } customers { count } discrepancies { accountId } }'
const NO_GLOBAL_LEDGER: readonly Edit[] = [
  [['balanced'], null],
  [['global'], null],
  [['partner'], null],
]
const NO_MONEY = { amount: '0', currency: 'INR' }

/** Documents that lead to every operation of Vobiz. */
export function vobizFaultDocuments(
  { customers }: VobizSandbox,
  idOf: (list: string) => string,
): readonly FaultDocument[] {
  const [entryId, customerId] = [idOf('vobizTransactions'), idOf('vobizCustomers')]
  return [
    ...unifiedDocuments('transactions in parts', '', {
      home: ['listAccounts'],
      refusing: 'listTransactions',
      needed: ['listAccounts'],
      // The ledgers are those of customers that were listed just before.
      listed: ['listCustomerTransactions'],
      kept: ['listAccounts'],
    }),
    ...listDocuments(),
    ...customerDocuments(JSON.stringify(customers[0]!.auth_id)),
    {
      name: 'vobizReconciliation',
      text: `{ vobizReconciliation(${PERIOD}) ${RECONCILIATION} }`,
      home: [],
      needed: ['listAccounts', 'listCustomerTransactions'],
      refused: below(['vobizReconciliation'], NO_GLOBAL_LEDGER),
    },
    {
      name: 'subscription',
      text: `subscription { vobizReconciliation(${PERIOD}) { customersTotal result ${RECONCILIATION} } }`,
      home: [],
      needed: ['listAccounts', 'listCustomerTransactions'],
      refused: below(['vobizReconciliation', 'result'], NO_GLOBAL_LEDGER),
    },
    {
      name: 'vobizPartner',
      text: `{ vobizPartner { authId name balance ${MONEY} } }`,
      home: ['getPartner'],
    },
    {
      name: 'node',
      text: `{ node(id: ${entryId}) { ... on VobizTransaction { providerId } } }`,
      home: [],
      absent: { listCustomerTransactions: [[['node'], null]] },
    },
    {
      name: 'nodes of Vobiz',
      text: `{ nodes(ids: [${entryId}, ${customerId}]) { id __typename } }`,
      home: [],
      absent: { listCustomerTransactions: [[['nodes', 0], null]], getAccount: [[['nodes', 1], null]] },
    },
  ]
}

function listDocuments(): readonly FaultDocument[] {
  return [
    {
      name: 'vobizTransactions',
      text: `{ vobizTransactions { totalCount nodes { providerId customer { name balance ${MONEY} } } } }`,
      home: ['listTransactions'],
      spared: ['listAccounts'],
    },
    {
      name: 'vobizTransactions.summary',
      text: '{ vobizTransactions { summary { count totals { currency credit debit net } } } }',
      home: [],
    },
    {
      name: 'vobizCustomers',
      text: `{ vobizCustomers { totalCount nodes { authId name balance ${MONEY} transactions { totalCount nodes { providerId } } } } }`,
      home: ['listAccounts'],
      absent: {
        listCustomerTransactions: below(['vobizCustomers', 'nodes', '*', 'transactions'], EMPTY_LIST),
      },
    },
  ]
}

function customerDocuments(authId: string): readonly FaultDocument[] {
  return [
    {
      name: 'vobizCustomer',
      text: `{ vobizCustomer(authId: ${authId}) {
        name
        balance ${MONEY}
        transactions { totalCount nodes { providerId } }
      } }`,
      home: ['getAccount', 'listCustomerTransactions'],
      absent: {
        getAccount: [[['vobizCustomer'], null]],
        listCustomerTransactions: below(['vobizCustomer', 'transactions'], EMPTY_LIST),
      },
    },
    {
      name: 'vobizCustomer.balance',
      text: `{ vobizCustomer(authId: ${authId}) { authId balance ${MONEY} } }`,
      home: ['getBalance'],
      absent: { getBalance: [[['vobizCustomer', 'balance'], null]] },
    },
    {
      name: 'vobizCustomer.statement',
      text: `{ vobizCustomer(authId: ${authId}) { name statement(${PERIOD}) { usage ${MONEY} recharges ${MONEY} covered } } }`,
      home: [],
      absent: {
        getAccount: [[['vobizCustomer'], null]],
        listCustomerTransactions: below(
          ['vobizCustomer', 'statement'],
          [
            [['usage'], NO_MONEY],
            [['recharges'], NO_MONEY],
            [['covered'], true],
          ],
        ),
      },
    },
  ]
}
