import { exactNumber, type UpstreamReply, type UpstreamRequest } from '../../../sandbox/server.ts'
import type { createTimeline } from '../../../sandbox/timeline.ts'
import { LIST_ONLY_FIELDS, type VobizSandboxAccount } from './account.ts'
import { TRANSACTION_TYPES, type VobizSandboxEntry } from './entry.ts'
import { PARTNER } from './partner.ts'
import { type Query, Refusal, readQuery } from './query.ts'
import { createSummary, type Summary } from './summary.ts'

const ACCOUNT_PATH = /^\/accounts\/([^/]+)(?:\/(balance|transactions))?$/

const DEFAULT_PER_PAGE = 20

const MAX_PER_PAGE = 100

const DAY_NS = 86_400_000_000_000n

/** The parameters that both ledgers document. */
const LEDGER_PARAMETERS = ['page', 'per_page', 'from_date', 'to_date', 'transaction_type'] as const

/** Behaviour of the upstream for which the documentation leaves room, or contradicts itself. */
export interface VobizSandboxTraits {
  /** `GET /transactions`: offered, answered with a status that refuses it, or with a body that is not its envelope. */
  globalLedger: 'offered' | 403 | 404 | 405 | 501 | 'not-an-array'
  /** Page sizes of the two ledgers; the list of customers always takes up to 100. */
  perPage: {
    /** More than this is refused with 422. Default 100. */
    max?: number
    /** Larger page sizes are reduced to this one instead of being refused. */
    clampTo?: number
    /** `per_page` has no effect: always this many rows. */
    fixed?: number
    /** False leaves the applied `per_page` out of the answer. Default true. */
    echo?: boolean
  }
  /** `zero` is what the documentation calls a summary that failed to compute. */
  summary: 'exact' | 'zero' | 'absent'
  /** The time zone in which `from_date` and `to_date` are cut, east of UTC. */
  dayOffsetMinutes: number
}

/** The state that the endpoints answer from. */
interface EndpointsOptions {
  readonly ledger: ReturnType<typeof createTimeline<VobizSandboxEntry, Summary>>
  readonly customers: readonly VobizSandboxAccount[]
  readonly traits: VobizSandboxTraits
}

/** Creates the handler of the partner endpoints. It refuses requests that are not documented. */
export function createEndpoints({
  ledger,
  customers,
  traits,
}: EndpointsOptions): (request: UpstreamRequest) => UpstreamReply {
  function handle(request: UpstreamRequest): UpstreamReply {
    try {
      return { status: 200, json: answer(request) }
    } catch (error) {
      if (error instanceof Refusal) return error.reply()
      throw error
    }
  }

  function answer(request: UpstreamRequest): unknown {
    if (request.headers['x-auth-id'] !== PARTNER.authId || request.headers['x-auth-token'] !== PARTNER.token) {
      throw new Refusal(401, 'INVALID_CREDENTIALS', 'Missing or invalid credentials.')
    }
    const [path, customerId, part] = ACCOUNT_PATH.exec(request.path) ?? [request.path]
    if (customerId === undefined && path !== '/accounts' && path !== '/transactions') {
      throw new Refusal(404, 'NOT_FOUND', 'No such resource.')
    }
    if (request.method !== 'GET') throw new Refusal(405, 'METHOD_NOT_ALLOWED', 'Only GET is offered here.')
    if (path === '/transactions') return globalLedger(request.query)
    if (path === '/accounts') return listCustomers(request.query)

    const customer = customers.find(({ auth_id }) => auth_id === customerId)
    if (!customer) throw new Refusal(404, 'NOT_FOUND', 'No such account.')
    if (part === 'transactions') return customerLedger(customer, request.query)
    readQuery(request.query, []).check()
    return part === 'balance' ? balanceOf(customer) : singleAccount(customer)
  }

  function listCustomers(values: URLSearchParams): unknown {
    const query = readQuery(values, ['page', 'per_page', 'search'])
    const page = query.positiveInteger('page') ?? 1
    const size = query.positiveInteger('per_page') ?? DEFAULT_PER_PAGE
    const search = query.text('search')?.toLowerCase() ?? ''
    if (size > MAX_PER_PAGE) query.refuse('per_page', `must not be above ${MAX_PER_PAGE}`)
    query.check()
    const found = customers.filter(({ name, email }) => `${name}\n${email}`.toLowerCase().includes(search))
    return { accounts: found.slice((page - 1) * size, page * size), total: found.length, page, size }
  }

  function customerLedger(customer: VobizSandboxAccount, values: URLSearchParams): unknown {
    const query = readQuery(values, LEDGER_PARAMETERS)
    const list = listTransactions(query, { missing: 'global', account: customer.auth_id })
    return { ...list, account_auth_id: customer.auth_id }
  }

  function globalLedger(values: URLSearchParams): unknown {
    const { globalLedger } = traits
    if (typeof globalLedger === 'number') {
      throw new Refusal(globalLedger, 'NOT_AVAILABLE', 'The global ledger is not available to this partner.')
    }
    const query = readQuery(values, [...LEDGER_PARAMETERS, 'account', 'search'])
    const only = { missing: 'own', account: query.text('account'), search: query.text('search') } as const
    const list = listTransactions(query, only)
    return globalLedger === 'not-an-array' ? { ...list, transactions: {} } : list
  }

  function listTransactions(
    query: Query,
    only: { missing: VobizSandboxEntry['ledger']; account: string | null; search?: string | null },
  ) {
    const page = query.positiveInteger('page') ?? 1
    const perPage = pageSize(query)
    const from = query.day('from_date')
    const to = query.day('to_date')
    const type = query.oneOf('transaction_type', TRANSACTION_TYPES)
    query.check()

    const dayOffsetNs = BigInt(traits.dayOffsetMinutes) * 60_000_000_000n
    const start = from === null ? null : from - dayOffsetNs
    const end = to === null ? null : to - dayOffsetNs + DAY_NS
    const { missing, account } = only
    const search = only.search?.toLowerCase() ?? null
    const view = ledger.view(
      JSON.stringify([missing, account, search, type, String(start), String(end)]),
      (entry, instant) =>
        entry.ledger !== missing &&
        (account === null || entry.account_id === account) &&
        (type === null || entry.transaction_type === type) &&
        (start === null || instant >= start) &&
        (end === null || instant < end) &&
        (search === null || searchText(entry).includes(search)),
    )
    return {
      transactions: view.newest((page - 1) * perPage, perPage).map(rowOf),
      ...(traits.summary !== 'absent' && {
        summary: (traits.summary === 'exact' ? view.tally : createSummary()).json(),
      }),
      total: view.length,
      page,
      ...(traits.perPage.echo !== false && { per_page: perPage }),
      total_pages: Math.ceil(view.length / perPage),
    }
  }

  function pageSize(query: Query): number {
    const { max = MAX_PER_PAGE, clampTo, fixed } = traits.perPage
    const asked = query.positiveInteger('per_page') ?? Math.min(DEFAULT_PER_PAGE, max)
    if (fixed !== undefined) return fixed
    if (clampTo !== undefined) return Math.min(asked, clampTo)
    if (asked > max) query.refuse('per_page', `must not be above ${max}`)
    return asked
  }

  function searchText(entry: VobizSandboxEntry): string {
    const account = customers.find(({ auth_id }) => auth_id === entry.account_id)
    return [entry.description, entry.reference ?? '', entry.account_id, account?.name ?? ''].join('\n').toLowerCase()
  }

  return handle
}

function rowOf(entry: VobizSandboxEntry): unknown {
  return {
    id: entry.id,
    account_id: entry.account_id,
    balance_id: entry.balance_id,
    type: entry.type,
    amount: exactNumber(entry.amount),
    currency: entry.currency,
    description: entry.description,
    ...(entry.reference !== null && { reference: entry.reference }),
    ...(entry.reference_type !== null && { reference_type: entry.reference_type }),
    status: entry.status,
    processed_at: entry.processed_at,
    created_at: entry.created_at,
    updated_at: entry.updated_at,
  }
}

function balanceOf(customer: VobizSandboxAccount): unknown {
  const { auth_id, name, cash_credits, pricing_tier, updated_at } = customer
  return { auth_id, name, cash_credits, currency: pricing_tier.currency, updated_at }
}

function singleAccount(customer: VobizSandboxAccount): unknown {
  const { id, name, currency } = customer.pricing_tier
  const shown = Object.entries(customer).filter(([field]) => !LIST_ONLY_FIELDS.some((hidden) => hidden === field))
  return { ...Object.fromEntries(shown), pricing_tier: { id, name, currency } }
}
