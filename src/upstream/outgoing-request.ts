import type { UpstreamErrorContext } from '../errors.ts'
import { type AnswerLimits, WHOLE_LIST } from './answer-limits.ts'
import type { Circuit, UpstreamCall } from './types.ts'

/** One request as it is sent; undici reads its method, path, headers and body. */
export interface OutgoingRequest {
  readonly errorContext: UpstreamErrorContext
  readonly notFoundStatuses: readonly number[]
  readonly limits: AnswerLimits
  readonly circuit: Circuit
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /**
   * The key under which equal GET requests share one in flight. It includes the caller's headers, so that an answer never
   * crosses from one set of credentials to another.
   */
  readonly sharingKey: string
}

const HEADERS: Readonly<Record<string, string>> = {
  accept: 'application/json',
  // Without this header the upstream may choose any content coding.
  'accept-encoding': 'identity',
  'user-agent': 'transactions-gateway',
}
const FORM_HEADERS: Readonly<Record<string, string>> = {
  ...HEADERS,
  'content-type': 'application/x-www-form-urlencoded',
}

const NO_HEADERS: Readonly<Record<string, string>> = {}
const NO_STATUSES: readonly number[] = []

/** Matches a text that URLSearchParams writes as it is. */
const UNRESERVED = /^[\w.*-]*$/

/** Headers of a call, as they are sent and as a part of the sharing key. */
interface PreparedHeaders {
  readonly given: Readonly<Record<string, string>>
  readonly sent: Readonly<Record<string, string>>
  readonly key: string
}

const prepareHeaders = (given: Readonly<Record<string, string>>): PreparedHeaders => ({
  given,
  sent: { ...HEADERS, ...given },
  key: JSON.stringify(Object.entries(given).sort()),
})

/** Builds the requests of one client. */
export class RequestBuilder {
  readonly #provider: string
  readonly #basePath: string
  readonly #pathPrefix: string
  /** The headers of the latest call; a provider may use one object for all calls. */
  #latest = prepareHeaders(NO_HEADERS)

  /** @param basePath path of the base URL */
  constructor(provider: string, basePath: string) {
    this.#provider = provider
    this.#basePath = basePath
    this.#pathPrefix = basePath.replace(/\/+$/, '')
  }

  get(call: UpstreamCall): OutgoingRequest {
    const { sent, key } = this.#headersOf(call.headers)
    return this.#build(call, 'GET', sent, null, key)
  }

  postForm(call: UpstreamCall, form: Readonly<Record<string, string>>): OutgoingRequest {
    const headers = { ...FORM_HEADERS, ...call.headers }
    return this.#build(call, 'POST', headers, new URLSearchParams(form).toString(), '')
  }

  #headersOf(given = NO_HEADERS): PreparedHeaders {
    if (given !== this.#latest.given) this.#latest = prepareHeaders(given)
    return this.#latest
  }

  #build(
    call: UpstreamCall,
    method: OutgoingRequest['method'],
    headers: OutgoingRequest['headers'],
    body: string | null,
    headersKey: string,
  ): OutgoingRequest {
    const { operation, notFoundStatuses = NO_STATUSES, limits = WHOLE_LIST, circuit = 'collection' } = call
    const resource = call.path === '' ? this.#basePath : this.#pathPrefix + call.path
    const path = call.query === undefined ? resource : resource + queryText(call.query)
    return {
      errorContext: { provider: this.#provider, operation },
      notFoundStatuses,
      limits,
      circuit,
      method,
      path,
      headers,
      body,
      // A path has no blank, so that the parts cannot run into each other.
      sharingKey: `${operation} ${path} ${headersKey}`,
    }
  }
}

/** Returns the query with its question mark; empty when all values are undefined. */
function queryText(query: NonNullable<UpstreamCall['query']>): string {
  let text = ''
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) text += `${text === '' ? '?' : '&'}${formEncoded(name)}=${formEncoded(String(value))}`
  }
  return text
}

/** Returns a text in the encoding of URLSearchParams. */
function formEncoded(text: string): string {
  return UNRESERVED.test(text) ? text : new URLSearchParams([[text, '']]).toString().slice(0, -1)
}
