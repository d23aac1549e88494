import DataLoader from 'dataloader'
import { GraphQLError } from 'graphql'
import { z } from 'zod'
import { BASE_PATHS, CREDENTIALS } from '../upstream/routes.ts'
import { accountPage, accountRow, kobbleRow, type VobizPage, type VobizRow, vobizPage, walletRow } from './rows.ts'

const ORIGIN = process.env.UPSTREAM ?? ''

async function get(url: string, headers: Readonly<Record<string, string>>): Promise<Response> {
  const response = await fetch(url, { headers })
  if (!response.ok) throw new GraphQLError(`The provider answered ${response.status}.`)
  return response
}

async function getVobiz<Value>(path: string, schema: z.ZodType<Value>): Promise<Value> {
  const response = await get(`${ORIGIN}${BASE_PATHS.vobiz}${path}`, CREDENTIALS.vobiz)
  return schema.parse(await response.json())
}

const getKobble = (path: string) => get(`${ORIGIN}${BASE_PATHS.kobble}/customers/v1${path}`, CREDENTIALS.kobble)

/** Rows of a list from an offset on. */
export interface Rows<Row> {
  readonly rows: readonly Row[]
  readonly total: number
}

/** Rows of a Vobiz ledger, with Vobiz's sums over the whole ledger. */
export type LedgerRows = Rows<VobizRow> & { readonly summary: VobizPage['summary'] }

/** Reads rows from numbered pages: one page when the offset is at its start, else the two that hold them. */
async function readLedger(path: string, offset: number, limit: number): Promise<LedgerRows> {
  const first = Math.floor(offset / limit)
  const skipped = offset - first * limit
  const numbers = skipped === 0 ? [first + 1] : [first + 1, first + 2]
  const pages = await Promise.all(numbers.map((page) => getVobiz(`${path}?page=${page}&per_page=${limit}`, vobizPage)))
  const [{ total, summary }] = pages as [VobizPage]
  return { rows: pages.flatMap(({ transactions }) => transactions).slice(skipped, skipped + limit), total, summary }
}

export const readCustomerLedger = (authId: string, offset: number, limit: number): Promise<LedgerRows> =>
  readLedger(`/accounts/${authId}/transactions`, offset, limit)

export const readGlobalLedger = (offset: number, limit: number): Promise<LedgerRows> =>
  readLedger('/transactions', offset, limit)

export type Account = z.infer<typeof accountRow>

/** Reads customers from the start of a page on. */
export async function readAccounts(offset: number, limit: number): Promise<Rows<Account>> {
  const page = Math.floor(offset / limit) + 1
  const { accounts, total } = await getVobiz(`/accounts?page=${page}&per_page=${limit}`, accountPage)
  return { rows: accounts, total }
}

const kobbleRows = z.array(kobbleRow)

export async function readKobble(offset: number, limit: number): Promise<Rows<z.infer<typeof kobbleRow>>> {
  const response = await getKobble(`/transactions?offset=${offset}&limit=${limit}&order=desc`)
  const total = Number(response.headers.get('x-total-count'))
  return { rows: kobbleRows.parse(await response.json()), total }
}

/** A loader that reads each id with a request of its own, and equal ids of one operation once. */
const byId = <Value>(read: (id: string) => Promise<Value>): DataLoader<string, Value> =>
  new DataLoader((ids) => Promise.all(ids.map((id) => read(id).catch((error: Error) => error))))

/** Finds an entry by account, day and id, separated by slashes: Vobiz has no read by id. */
async function findEntry(locator: string): Promise<VobizRow | null> {
  const [authId = '', day = '', id = ''] = locator.split('/')
  const path = `/accounts/${authId}/transactions?page=1&per_page=100&from_date=${day}&to_date=${day}`
  const { transactions } = await getVobiz(path, vobizPage)
  return transactions.find((row) => row.id === id) ?? null
}

/** Creates the loaders of one operation. */
export const createLoaders = () => ({
  accounts: byId((authId) => getVobiz(`/accounts/${authId}`, accountRow)),
  entries: byId(findEntry),
  transactions: byId(async (id) => kobbleRow.parse(await (await getKobble(`/transactions/${id}`)).json())),
  wallets: byId(async (id) => walletRow.parse(await (await getKobble(`/wallets/${id}`)).json())),
})

export type Loaders = ReturnType<typeof createLoaders>
