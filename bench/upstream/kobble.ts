import { CLIENT, findTransaction, findWallet, LEDGER, WALLET_LIST } from '../data/kobble.ts'
import { slice } from '../data/list.ts'
import {
  type Answer,
  errorAnswer,
  InvalidRequestError,
  jsonAnswer,
  readInteger,
  readParameters,
  type UpstreamRequest,
} from './answer.ts'

const DEFAULT_LIMIT = 20
/** Larger limits are reduced to this one, which `X-Limit` reports. */
const MAX_LIMIT = 200

function answerTransactions(query: URLSearchParams): Answer {
  const parameters = readParameters(query, ['offset', 'limit', 'order'])
  const offset = readInteger(parameters.get('offset'), 0, 0, Number.MAX_SAFE_INTEGER)
  const limit = Math.min(readInteger(parameters.get('limit'), DEFAULT_LIMIT, 1, 100_000), MAX_LIMIT)
  const order = parameters.get('order') ?? 'desc'
  if (order !== 'desc' && order !== 'asc') throw new InvalidRequestError('expected asc or desc')
  const ordered =
    order === 'desc' ? LEDGER : { length: LEDGER.length, at: (index: number) => LEDGER.at(LEDGER.length - 1 - index) }
  const rows = slice(ordered, offset, limit)
  return jsonAnswer(rows, rows.length, {
    'x-total-count': String(LEDGER.length),
    'x-offset': String(offset),
    'x-limit': String(limit),
  })
}

/** Answers a request to the API of Kobble, or for a token. */
export function answerKobble({ method, path, query }: UpstreamRequest): Answer {
  if (path === '/token') {
    return jsonAnswer({ access_token: CLIENT.token, expires_in: 86_400, token_type: 'Bearer' }, 0)
  }
  if (method !== 'GET') return errorAnswer(405, 'only GET is offered')
  const [, resource, id] = /^\/customers\/v1\/(transactions|wallets)(?:\/([^/]+))?$/.exec(path) ?? []
  if (resource === undefined) return errorAnswer(404, 'no such resource')
  if (resource === 'transactions' && id === undefined) return answerTransactions(query)
  readParameters(query, [])
  if (id === undefined) return jsonAnswer(slice(WALLET_LIST, 0, WALLET_LIST.length), WALLET_LIST.length)
  const row = resource === 'transactions' ? findTransaction(id) : findWallet(id)
  return row === null ? errorAnswer(404, 'no such resource') : jsonAnswer(row, 1)
}
