import { encodeGlobalId } from '../../../src/graphql/node.ts'
import { createVobizApi, type VobizApi } from '../../../src/providers/vobiz/http.ts'
import type { VobizSandbox, VobizSandboxEntry } from '../../../src/providers/vobiz/sandbox/index.ts'
import { PARTNER } from '../../../src/providers/vobiz/sandbox/partner.ts'
import { contractRow, contractValue } from '../../support/contract.ts'
import type { KitEntry, ProviderKit } from '../../support/kits.ts'
import { ANY_ID, recordOperations } from '../../support/upstream-operations.ts'
import { DIRECTIONS, ROW_CATEGORIES, SELECTED_CATEGORIES, STATUSES } from './contract.ts'
import { vobizFaultDocuments } from './fault-documents.ts'

const CONFIG = { baseUrl: '', authId: '', authToken: '', currency: 'INR' }
const CUSTOMERS = 4
/** The fields of a customer that only the partner may see. */
const PRIVATE_FIELDS = ['auth_token', 'phone', 'address', 'gstin', 'google_id', 'referral_code']

const LISTS = { both: ['all', 'account'], own: ['account'], global: ['all'] } as const

/** Returns the category that an entry shows, by the contract table. */
function shownCategory({ id, type, reference, reference_type }: VobizSandboxEntry): string | null {
  const isTransfer = (text: string | null) => text?.startsWith('ptc:') ?? false
  const row = ROW_CATEGORIES.find(
    ([ofType, ofReference, ofReferenceType]) =>
      ofType === type && isTransfer(ofReference) === isTransfer(reference) && ofReferenceType === reference_type,
  )
  if (row === undefined) throw new RangeError(`The contract table has no row for the entry ${id}.`)
  return row[3]
}

/** Returns the values of an entry by the contract tables; Vobiz selects it by its `transaction_type`. */
function entryOf(entry: VobizSandboxEntry): KitEntry {
  const { transaction_type: type } = entry
  const [, status, affectsBalance] = contractRow(STATUSES, entry.status)
  return {
    id: entry.id,
    direction: contractValue(DIRECTIONS, entry.type),
    status,
    affectsBalance,
    category: shownCategory(entry),
    categories:
      entry.reference_type === 'manual_adjustment'
        ? ['ADJUSTMENT']
        : type === null
          ? []
          : [contractValue(SELECTED_CATEGORIES, type)],
    currency: entry.currency,
    amount: Number(entry.amount),
    reference: entry.reference,
    createdAt: entry.created_at,
    accounts: [entry.account_id],
    lists: LISTS[entry.ledger],
  }
}

/** The test kit of Vobiz. Its accounts are the customers. */
export const kit: ProviderKit<VobizSandbox> = {
  operations: await recordOperations<VobizApi>((client) => createVobizApi({ config: CONFIG, client }), {
    getPartner: (api) => api.getPartner(),
    listAccounts: (api) => api.listAccounts({ page: 1, perPage: 1 }),
    getAccount: (api) => api.getAccount(ANY_ID),
    getBalance: (api) => api.getBalance(ANY_ID),
    listCustomerTransactions: (api) => api.listCustomerTransactions(ANY_ID, { page: 1, perPage: 1 }),
    listTransactions: (api) => api.listTransactions({ page: 1, perPage: 1 }),
  }),
  faults: {
    notFound: { statuses: [404], operations: ['getAccount', 'getBalance', 'listCustomerTransactions'] },
    // Only some partners are offered the ledger over all customers.
    optional: {
      operation: 'listTransactions',
      isRefusal: ({ status, name }) =>
        status === undefined ? name === 'an object of another shape' : [403, 404, 405, 501].includes(status),
    },
    unified: { all: ['listTransactions'], ofAccounts: ['listCustomerTransactions'], accounts: 2 },
    invalidFields: (secret) => ({
      amount: `${secret} ${secret}`,
      auth_id: [secret],
      cash_credits: `${secret} ${secret}`,
    }),
    documents: vobizFaultDocuments,
  },
  fill(sandbox, timestamps) {
    const customers = Array.from({ length: CUSTOMERS }, () => sandbox.addCustomer().auth_id)
    for (const [index, created_at] of timestamps.entries()) {
      sandbox.add({
        account_id: customers[index % CUSTOMERS]!,
        created_at,
        // Sums of these end in no zero, which Vobiz's own sums leave out.
        amount: `${index}.1`,
        type: index % 5 === 0 ? 'credit' : 'debit',
        reference: index % 7 === 0 ? `ptc:P1:${customers[0]}:${1_770_000_000 + index}` : `cdr:${index}`,
        status: index % 11 === 0 ? 'pending' : 'completed',
      })
    }
  },
  plantSecrets(sandbox, marker) {
    const planted = Object.fromEntries(PRIVATE_FIELDS.map((name) => [name, `${marker}-${name}`]))
    for (const { auth_id } of sandbox.customers) sandbox.updateCustomer(auth_id, planted)
  },
  unusableVariables: (secret) => ({
    VOBIZ_AUTH_TOKEN: `two words ${secret}`,
    VOBIZ_AUTH_ID: `two words ${secret}`,
    VOBIZ_CURRENCY: secret,
  }),
  secretsOf: ({ customers }) => customers.map(({ auth_token }) => auth_token),
  accountsOf: ({ customers }) => customers.map(({ auth_id }) => auth_id),
  argumentsOf({ customers }, account) {
    const authIds = account === null ? customers.map(({ auth_id }) => auth_id) : [account]
    const accounts = authIds.map((authId) => encodeGlobalId('VobizCustomer', authId))
    return { authId: authIds, vobizCustomers: authIds, accounts, search: ['example', 'Customer 1', '@'] }
  },
  objectsOf({ customers, entries }, account) {
    const authId = account ?? customers[0]!.auth_id
    const { created_at, id } = entries.find(({ account_id, ledger }) => account_id === authId && ledger !== 'global')!
    return [
      { typename: 'VobizTransaction', locator: `${authId}/${created_at.slice(0, 10)}/${id}`, keys: {} },
      { typename: 'VobizCustomer', locator: authId, keys: { authId } },
    ]
  },
  lists: [
    ...['NEWEST_FIRST', 'OLDEST_FIRST'].map((order) => ({
      field: 'vobizTransactions',
      args: `order: ${order}`,
      key: JSON.stringify(['vobizTransactions', { accountId: null, from: null, to: null, type: null }, order]),
    })),
    { field: 'vobizCustomers', args: '', key: JSON.stringify(['vobizCustomers', '']) },
  ],
  entriesOf: ({ entries }) => entries.map(entryOf),
  rowsOf: ({ customers, entries }) => [
    ...entries.map((row) => ({ accounts: [row.account_id], texts: [row.id], row })),
    ...customers.map((row) => ({ accounts: [row.auth_id], texts: [row.auth_id, row.email], row })),
    { accounts: [], texts: [PARTNER.email], row: PARTNER },
  ],
}
