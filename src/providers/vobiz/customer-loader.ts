import type { Ledger } from '../../ledger/ledger.ts'
import { listPagesOf } from '../../ledger/load-listed.ts'
import { createRangeLedger } from '../../ledger/range-ledger.ts'
import { pagesOf } from '../../ledger/scan.ts'
import { createByIdsReader } from '../../ledger/unpaged.ts'
import type { Operation } from '../../operation.ts'
import { type ByIdLoader, createListedLoader } from '../loaders.ts'
import { type VobizCustomerRecord, vobizCustomer } from './account.ts'
import type { VobizApi } from './http.ts'
import type { VobizCapabilities, VobizLedgers } from './ledger.ts'

/**
 * Creates the loader of customers for one operation. Many customers are looked up in the list of customers.
 *
 * @param customerList opens the list of all customers
 */
export function createCustomerLoader(
  api: VobizApi,
  operation: Operation,
  customerList: () => Ledger<VobizCustomerRecord>,
): ByIdLoader<VobizCustomerRecord> {
  return createListedLoader(
    {
      pages: () => listPagesOf(customerList()),
      idOf: ({ authId }) => authId,
      async loadOne(id) {
        const row = await api.getAccount(id, operation)
        return row === null ? null : vobizCustomer(row)
      },
    },
    operation.meter,
  )
}

/**
 * Reads all customers of the partner.
 * @throws the error of a customer's row that is invalid: sums would silently lack this customer's entries
 */
export async function listAllCustomers(ledgers: VobizLedgers): Promise<readonly VobizCustomerRecord[]> {
  const customers: VobizCustomerRecord[] = []
  for await (const page of pagesOf(ledgers.customers(null), 'newest')) {
    for (const { value } of page) {
      if (value instanceof Error) throw value
      customers.push(value)
    }
  }
  return customers
}

/** Time for which the auth ids of all customers are not read again; new customers appear in lists after that. */
const CUSTOMERS_MS = 60_000

/** Returns the auth ids of all customers, as they were within the last minute. */
export async function recentCustomerIds(
  ledgers: VobizLedgers,
  capabilities: VobizCapabilities,
): Promise<readonly string[]> {
  const known = capabilities.customers
  if (known !== null && Date.now() < known.until) return known.ids
  const ids = (await listAllCustomers(ledgers)).map(({ authId }) => authId)
  capabilities.customers = { ids, until: Date.now() + CUSTOMERS_MS }
  return ids
}

/**
 * The list of the customers with these auth ids.
 *
 * @param search keeps those whose name or email address contains it, in any case; null keeps all
 */
export function customersByIds(
  authIds: Iterable<string>,
  customers: ByIdLoader<VobizCustomerRecord>,
  search: string | null,
): Ledger<VobizCustomerRecord> {
  const text = search?.toLowerCase() ?? ''
  const matches = ({ name, email }: VobizCustomerRecord) =>
    text === '' || [name, email].some((value) => value?.toLowerCase().includes(text))
  return createRangeLedger(createByIdsReader([...authIds], (id) => customers.load(id), matches))
}
