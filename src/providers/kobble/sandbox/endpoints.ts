import { exactNumber, type UpstreamReply, type UpstreamRequest } from '../../../sandbox/server.ts'
import { parseDateTime, type Timeline } from '../../../sandbox/timeline.ts'
import type { KobbleSandboxEntry } from './entry.ts'
import { badRequest, METHOD_NOT_ALLOWED, NOT_FOUND, UNAUTHORIZED } from './replies.ts'
import type { createTokenIssuer } from './tokens.ts'
import type { KobbleSandboxTraits } from './traits.ts'
import type { KobbleSandboxWallet } from './wallet.ts'

/** Neither the default nor the maximum is documented. */
const DEFAULT_LIMIT = 20

/** An empty tally: Kobble has no sums. */
export const NO_TALLY = { add() {}, subtract() {} }

/** The state that the endpoints answer from. */
interface EndpointsOptions {
  readonly ledger: Timeline<KobbleSandboxEntry, typeof NO_TALLY>
  readonly wallets: readonly KobbleSandboxWallet[]
  readonly tokens: ReturnType<typeof createTokenIssuer>
  readonly traits: KobbleSandboxTraits
}

/** Creates the handler of the API. It refuses requests that are not documented. */
export function createEndpoints({
  ledger,
  wallets,
  tokens,
  traits,
}: EndpointsOptions): (request: UpstreamRequest) => UpstreamReply {
  function answer(request: UpstreamRequest): UpstreamReply {
    if (!tokens.honours(request.headers.authorization)) return UNAUTHORIZED
    const [, resource, id] = /^\/customers\/v1\/(transactions|wallets)(?:\/([^/]+))?$/.exec(request.path) ?? []
    if (!resource) return NOT_FOUND
    if (request.method !== 'GET') return METHOD_NOT_ALLOWED
    if (resource === 'transactions' && id === undefined) return listTransactions(request.query)

    const [unknown] = request.query.keys()
    if (unknown !== undefined) return badRequest(`${unknown} is not a parameter here`)
    if (id === undefined) return { status: 200, json: wallets.map(walletRow) }
    if (resource === 'transactions') {
      const entry = ledger.get(id)
      return entry ? { status: 200, json: transactionRow(entry) } : NOT_FOUND
    }
    const wallet = wallets.find((other) => other.id === id)
    return wallet ? { status: 200, json: walletRow(wallet) } : NOT_FOUND
  }

  function listTransactions(values: URLSearchParams): UpstreamReply {
    const query = readListQuery(values)
    if (typeof query === 'string') return badRequest(query)
    const { wallet, offset, order, from, to } = query
    const limit = Math.min(query.limit, traits.maxLimit)
    const view = ledger.view(
      JSON.stringify([wallet, String(from), String(to)]),
      (entry, instant) =>
        (wallet === null || entry.from === wallet || entry.to === wallet) &&
        (from === null || instant >= from) &&
        (to === null || instant <= to),
    )
    const rows = order === 'asc' ? view.oldest(offset, limit) : view.newest(offset, limit)
    const total = traits.totalIgnoresFilters ? ledger.size() : view.length
    return {
      status: 200,
      headers: {
        ...(traits.headers.total && { 'X-Total-Count': String(total) }),
        ...(traits.headers.offset && { 'X-Offset': String(offset) }),
        ...(traits.headers.limit && { 'X-Limit': String(limit) }),
      },
      json: rows.map(transactionRow),
    }
  }

  return answer
}

interface ListQuery {
  wallet: string | null
  offset: number
  limit: number
  order: string
  /** Nanoseconds since 1970; both bounds are inclusive. */
  from: bigint | null
  to: bigint | null
}

/** Reads the parameters of a list request, or returns the message for invalid, unknown or repeated ones. */
function readListQuery(values: URLSearchParams): ListQuery | string {
  for (const name of values.keys()) {
    if (!['wallet', 'offset', 'limit', 'order', 'from', 'to'].includes(name)) return `${name} is not a parameter here`
    if (values.getAll(name).length > 1) return `${name} must be given once`
  }
  const wallet = values.get('wallet')
  if (wallet === '') return 'wallet must be a wallet id'
  const offset = values.get('offset') ?? '0'
  if (!/^\d{1,15}$/.test(offset)) return 'offset must be a non-negative integer'
  const limit = values.get('limit') ?? String(DEFAULT_LIMIT)
  if (!/^[1-9]\d{0,14}$/.test(limit)) return 'limit must be a positive integer'
  const order = values.get('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') return 'order must be asc or desc'
  const [from, to] = ['from', 'to'].map((name) => (values.has(name) ? parseDateTime(values.get(name)!) : undefined))
  if (from === null) return 'from must be a date-time'
  if (to === null) return 'to must be a date-time'
  return { wallet, offset: Number(offset), limit: Number(limit), order, from: from ?? null, to: to ?? null }
}

function transactionRow(entry: KobbleSandboxEntry): unknown {
  return { ...entry, amount: exactNumber(entry.amount) }
}

function walletRow(wallet: KobbleSandboxWallet): unknown {
  return {
    ...wallet,
    total_amount: exactNumber(wallet.total_amount),
    amount: exactNumber(wallet.amount),
    reserved_amount: exactNumber(wallet.reserved_amount),
  }
}
