import { slice } from '../data/list.ts'
import {
  ACCOUNTS,
  accountAt,
  customerOf,
  GLOBAL_LEDGER,
  inPeriod,
  type Ledger,
  ledgerOf,
  summaryOf,
} from '../data/vobiz.ts'
import {
  type Answer,
  errorAnswer,
  InvalidRequestError,
  jsonAnswer,
  readInteger,
  readParameters,
  type UpstreamRequest,
} from './answer.ts'

const MAX_PER_PAGE = 100
const DEFAULT_PER_PAGE = 20

/** Summaries by the list and its period: they add up all entries. */
const summaries = new Map<string, ReturnType<typeof summaryOf>>()

function summaryFor(key: string, ledger: Ledger): ReturnType<typeof summaryOf> {
  const known = summaries.get(key)
  if (known) return known
  const created = summaryOf(ledger)
  summaries.set(key, created)
  return created
}

function readPage(parameters: ReadonlyMap<string, string>) {
  return {
    page: readInteger(parameters.get('page'), 1, 1, Number.MAX_SAFE_INTEGER),
    perPage: readInteger(parameters.get('per_page'), DEFAULT_PER_PAGE, 1, MAX_PER_PAGE),
  }
}

function readDay(text: string | undefined): string | null {
  if (text === undefined) return null
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw new InvalidRequestError('expected a day')
  return text
}

function answerLedger(name: string, whole: Ledger, query: URLSearchParams, extra: object): Answer {
  const parameters = readParameters(query, ['page', 'per_page', 'from_date', 'to_date'])
  const { page, perPage } = readPage(parameters)
  const from = readDay(parameters.get('from_date'))
  const to = readDay(parameters.get('to_date'))
  const ledger = inPeriod(whole, from, to)
  const rows = slice(ledger, (page - 1) * perPage, perPage)
  return jsonAnswer(
    {
      transactions: rows,
      summary: summaryFor(`${name} ${from} ${to}`, ledger),
      total: ledger.length,
      page,
      per_page: perPage,
      total_pages: Math.ceil(ledger.length / perPage),
      ...extra,
    },
    rows.length,
  )
}

function answerAccounts(query: URLSearchParams): Answer {
  const { page, perPage } = readPage(readParameters(query, ['page', 'per_page']))
  const rows = slice(ACCOUNTS, (page - 1) * perPage, perPage)
  return jsonAnswer({ accounts: rows, total: ACCOUNTS.length, page, size: perPage }, rows.length)
}

/** Answers a request to the partner API of Vobiz. */
export function answerVobiz({ method, path, query }: UpstreamRequest): Answer {
  if (method !== 'GET') return errorAnswer(405, 'only GET is offered')
  if (path === '/transactions') return answerLedger('global', GLOBAL_LEDGER, query, {})
  if (path === '/accounts') return answerAccounts(query)
  const [, authId = '', rest] = /^\/accounts\/([^/]+)(\/transactions)?$/.exec(path) ?? []
  const customer = customerOf(authId)
  if (customer < 0) return errorAnswer(404, 'no such resource')
  if (rest === undefined) return jsonAnswer(accountAt(customer), 1)
  return answerLedger(authId, ledgerOf(customer), query, { account_auth_id: authId })
}
