import { cacheHeaders } from '../cache-control.ts'
import { closeWhileDraining } from '../closing-response.ts'
import { errorBody, errorContentType, type Rejection, shownError } from '../error-response.ts'
import type { Readiness } from '../readiness.ts'
import { REQUEST_ID_HEADER } from '../request-id.ts'
import { NO_STORE, SECURITY_HEADERS } from '../response-headers.ts'
import type { PlainPost } from './plain-post.ts'

/** Sends responses with the headers that the plugins give to every response. */
export class ResponseSender {
  readonly #headers: Readonly<Record<string, string>>
  readonly #readiness: Readiness

  /** @param variesByOrigin true when CORS is on, because answers then differ by origin */
  constructor(variesByOrigin: boolean, readiness: Readiness) {
    this.#readiness = readiness
    this.#headers = {
      ...SECURITY_HEADERS,
      'cache-control': NO_STORE,
      ...(variesByOrigin && { vary: 'Origin' }),
    }
  }

  /** @param maxAge the seconds for which the caller may use the result again; 0 when it may not keep it */
  sendResult(post: PlainPost, body: string, maxAge: number): void {
    const { mediaType, cors } = post
    const headers = { ...cors, 'content-type': `${mediaType}; charset=utf-8` }
    this.#send(post, 200, headers, body, maxAge === 0 ? this.#headers : this.#cacheable(maxAge))
  }

  sendRejection(post: PlainPost, { error, status, headers }: Rejection): void {
    const { headers: given, cors } = post
    const body = errorBody(shownError(error))
    this.#send(post, status, { ...headers, ...cors, 'content-type': errorContentType(given.get('accept')) }, body)
  }

  /** Returns the headers of a result that may be used again. */
  #cacheable(maxAge: number): Readonly<Record<string, string>> {
    const added = cacheHeaders(maxAge)
    const { vary } = this.#headers
    return { ...this.#headers, ...added, ...(vary !== undefined && { vary: `${added.vary}, ${vary}` }) }
  }

  #send(
    { response, requestId }: PlainPost,
    status: number,
    headers: Readonly<Record<string, string>>,
    body: string,
    common = this.#headers,
  ): void {
    // The caller has disconnected.
    if (response.destroyed) return
    closeWhileDraining(response, this.#readiness)
    const length = Buffer.byteLength(body)
    response.writeHead(status, {
      ...headers,
      'content-length': length,
      ...common,
      [REQUEST_ID_HEADER]: requestId,
    })
    response.end(body)
  }
}
