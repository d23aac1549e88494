import type { UpstreamReply, UpstreamRequest } from '../../../sandbox/server.ts'
import type { Timeline } from '../../../sandbox/timeline.ts'
import { LIST_ONLY_FIELDS, type VobizSandboxAccount } from './account.ts'
import type { VobizSandboxEntry } from './entry.ts'
import { PARTNER } from './partner.ts'
import { DEFAULT_PER_PAGE, MAX_PER_PAGE, Refusal, readQuery } from './query.ts'
import type { Summary } from './summary.ts'
import type { VobizSandboxTraits } from './traits.ts'
import { TransactionLists } from './transaction-lists.ts'

const ACCOUNT_PATH = /^\/accounts\/([^/]+)(?:\/(balance|transactions))?$/

/** The parameters that both ledgers document. */
const LEDGER_PARAMETERS = ['page', 'per_page', 'from_date', 'to_date', 'transaction_type'] as const

/** The state that the endpoints answer from. */
interface EndpointsOptions {
  readonly ledger: Timeline<VobizSandboxEntry, Summary>
  readonly customers: readonly VobizSandboxAccount[]
  readonly traits: VobizSandboxTraits
}

/** Creates the handler of the partner endpoints. It refuses requests that are not documented. */
export function createEndpoints(options: EndpointsOptions): (request: UpstreamRequest) => UpstreamReply {
  const endpoints = new PartnerEndpoints(options)
  return (request) => {
    try {
      return { status: 200, json: endpoints.answer(request) }
    } catch (error) {
      if (error instanceof Refusal) return error.reply()
      throw error
    }
  }
}

class PartnerEndpoints {
  readonly #customers: readonly VobizSandboxAccount[]
  readonly #traits: VobizSandboxTraits
  readonly #lists: TransactionLists

  constructor({ ledger, customers, traits }: EndpointsOptions) {
    this.#customers = customers
    this.#traits = traits
    this.#lists = new TransactionLists(ledger, customers, traits)
  }

  /** @throws {Refusal} for an answer other than 200 */
  answer(request: UpstreamRequest): unknown {
    if (request.headers['x-auth-id'] !== PARTNER.authId || request.headers['x-auth-token'] !== PARTNER.token) {
      throw new Refusal(401, 'INVALID_CREDENTIALS', 'Missing or invalid credentials.')
    }
    const [path, customerId, part] = ACCOUNT_PATH.exec(request.path) ?? [request.path]
    if (customerId === undefined && !['/me', '/accounts', '/transactions'].includes(path)) {
      throw new Refusal(404, 'NOT_FOUND', 'No such resource.')
    }
    if (request.method !== 'GET') throw new Refusal(405, 'METHOD_NOT_ALLOWED', 'Only GET is offered here.')
    if (path === '/me') return this.#partner(request.query)
    if (path === '/transactions') return this.#globalLedger(request.query)
    if (path === '/accounts') return this.#listCustomers(request.query)

    const customer = this.#customers.find(({ auth_id }) => auth_id === customerId)
    if (!customer) throw new Refusal(404, 'NOT_FOUND', 'No such account.')
    if (part === 'transactions') return this.#customerLedger(customer, request.query)
    readQuery(request.query, []).check()
    return part === 'balance' ? balanceOf(customer) : singleAccount(customer)
  }

  #partner(values: URLSearchParams): unknown {
    readQuery(values, []).check()
    const { id, authId, name, email, balance } = PARTNER
    return {
      id,
      account_id: 1001,
      name,
      slug: 'lotus-reach',
      company: name,
      auth_id: authId,
      email,
      phone: '+910000000000',
      billing_model: 'direct',
      is_active: true,
      is_verified: true,
      max_accounts: 500,
      can_create_accounts: true,
      can_create_pricing_tiers: false,
      can_view_cdrs: true,
      can_transfer_balance: true,
      default_pricing_tier_id: 'tier_standard',
      account_count: this.#customers.length,
      balance,
      created_at: '2025-08-01T06:30:00.000000+00:00',
      updated_at: '2026-10-31T06:30:00.000000+00:00',
    }
  }

  #listCustomers(values: URLSearchParams): unknown {
    const query = readQuery(values, ['page', 'per_page', 'search'])
    const page = query.positiveInteger('page') ?? 1
    const size = query.positiveInteger('per_page') ?? DEFAULT_PER_PAGE
    const search = query.text('search')?.toLowerCase() ?? ''
    if (size > MAX_PER_PAGE) query.refuse('per_page', `must not be above ${MAX_PER_PAGE}`)
    query.check()
    const found = this.#customers.filter(({ name, email }) => `${name}\n${email}`.toLowerCase().includes(search))
    return { accounts: found.slice((page - 1) * size, page * size), total: found.length, page, size }
  }

  #customerLedger(customer: VobizSandboxAccount, values: URLSearchParams): unknown {
    const query = readQuery(values, LEDGER_PARAMETERS)
    const list = this.#lists.page(query, { missing: 'global', account: customer.auth_id, search: null })
    return { ...list, account_auth_id: customer.auth_id }
  }

  #globalLedger(values: URLSearchParams): unknown {
    const { globalLedger } = this.#traits
    if (typeof globalLedger === 'number') {
      throw new Refusal(globalLedger, 'NOT_AVAILABLE', 'The global ledger is not available to this partner.')
    }
    const query = readQuery(values, [...LEDGER_PARAMETERS, 'account', 'search'])
    const selection = { missing: 'own', account: query.text('account'), search: query.text('search') } as const
    const list = this.#lists.page(query, selection)
    return globalLedger === 'not-an-array' ? { ...list, transactions: {} } : list
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
