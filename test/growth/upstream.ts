import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CLIENT, transactionAt, WALLET_LIST } from '../../bench/data/kobble.ts'
import { slice } from '../../bench/data/list.ts'
import {
  accountAt,
  customerOf,
  GLOBAL_LEDGER,
  CUSTOMERS as INTERLEAVED,
  inPeriod,
  type Ledger,
  PARTNER,
  summaryOf,
} from '../../bench/data/vobiz.ts'

/** The sizes of the ledgers. */
export interface Sizes {
  /** Customers of the Vobiz partner, at most 1,600. */
  readonly customers: number
  /** Entries of each customer. */
  readonly entriesEach: number
  /** Transactions of the Kobble client. */
  readonly kobble: number
  /** False for a partner whom Vobiz offers no ledger over all customers. */
  readonly hasGlobalLedger?: boolean
}

/** Both providers, with rows that are computed when they are requested, so that a ledger may have any size. */
export interface GrowthUpstream {
  /** The variables that connect a gateway to it. */
  readonly environment: Readonly<Record<string, string>>
  /** Requests so far, without those for tokens. */
  requests(): number
  close(): void
}

interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json: unknown
}

const NOT_FOUND: Reply = { status: 404, json: { error: 'not found' } }

function ledgerOf(length: number, globalIndex: Ledger['globalIndex']): Ledger {
  return { length, globalIndex, at: (index) => GLOBAL_LEDGER.at(globalIndex(index)) }
}

const numberOf = (query: URLSearchParams, name: string, fallback: number) => Number(query.get(name) ?? fallback)

/** Answers Vobiz's API. The sums of a list are computed once, because they need all of its entries. */
function createVobiz({
  customers,
  entriesEach,
  hasGlobalLedger = true,
}: Sizes): (path: string, query: URLSearchParams) => Reply {
  const summaries = new Map<string, ReturnType<typeof summaryOf>>()
  const everyone = ledgerOf(
    customers * entriesEach,
    (index) => Math.floor(index / customers) * INTERLEAVED + (index % customers),
  )

  function answerLedger(path: string, whole: Ledger, query: URLSearchParams, extra: object): Reply {
    const [from, to] = [query.get('from_date'), query.get('to_date')]
    const ledger = from === null && to === null ? whole : inPeriod(whole, from, to)
    const key = `${path} ${from} ${to}`
    const summary = summaries.get(key) ?? summaryOf(ledger)
    summaries.set(key, summary)
    const [page, perPage] = [numberOf(query, 'page', 1), numberOf(query, 'per_page', 20)]
    const transactions = slice(ledger, (page - 1) * perPage, perPage)
    const total = ledger.length
    const counts = { total, page, per_page: perPage, total_pages: Math.ceil(total / perPage) }
    return { json: { transactions, summary, ...counts, ...extra } }
  }

  return (path, query) => {
    if (path === '/transactions') return hasGlobalLedger ? answerLedger(path, everyone, query, {}) : NOT_FOUND
    if (path === '/accounts') {
      const [page, size] = [numberOf(query, 'page', 1), numberOf(query, 'per_page', 20)]
      const accounts = slice({ length: customers, at: accountAt }, (page - 1) * size, size)
      return { json: { accounts, total: customers, page, size } }
    }
    const [, authId = '', rest] = /^\/accounts\/([^/]+)(\/transactions)?$/.exec(path) ?? []
    const customer = customerOf(authId)
    if (customer < 0 || customer >= customers) return NOT_FOUND
    if (rest === undefined) return { json: accountAt(customer) }
    const own = ledgerOf(entriesEach, (index) => index * INTERLEAVED + customer)
    return answerLedger(path, own, query, { account_auth_id: authId })
  }
}

/** Answers Kobble's API. */
function answerKobble(path: string, query: URLSearchParams, length: number): Reply {
  if (path === '/token') return { json: { access_token: CLIENT.token, expires_in: 86_400, token_type: 'Bearer' } }
  if (path === '/customers/v1/wallets') return { json: slice(WALLET_LIST, 0, WALLET_LIST.length) }
  if (path !== '/customers/v1/transactions') return NOT_FOUND
  const [offset, limit] = [numberOf(query, 'offset', 0), Math.min(numberOf(query, 'limit', 20), 200)]
  const isOldestFirst = query.get('order') === 'asc'
  const rows = { length, at: (index: number) => transactionAt(isOldestFirst ? length - 1 - index : index) }
  const headers = { 'x-total-count': `${length}`, 'x-offset': `${offset}`, 'x-limit': `${limit}` }
  return { headers, json: slice(rows, offset, limit) }
}

export async function startUpstream(sizes: Sizes): Promise<GrowthUpstream> {
  const answerVobiz = createVobiz(sizes)
  let requests = 0
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://upstream.test')
    const [, provider, path] = /^\/(vobiz|kobble)(\/.*)$/.exec(pathname) ?? []
    if (path !== '/token') requests++
    const isVobiz = provider === 'vobiz'
    const reply = isVobiz ? answerVobiz(path!, searchParams) : answerKobble(path!, searchParams, sizes.kobble)
    const { status = 200, headers = {}, json } = reply
    const body = Buffer.from(JSON.stringify(json))
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, ...headers })
    response.end(body)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    environment: {
      VOBIZ_BASE_URL: `${origin}/vobiz`,
      VOBIZ_AUTH_ID: PARTNER.authId,
      VOBIZ_AUTH_TOKEN: PARTNER.token,
      KOBBLE_BASE_URL: `${origin}/kobble`,
      KOBBLE_TOKEN_URL: `${origin}/kobble/token`,
      KOBBLE_CLIENT_ID: CLIENT.id,
      KOBBLE_CLIENT_SECRET: CLIENT.secret,
    },
    requests: () => requests,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
