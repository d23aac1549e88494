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

  sendResult(post: PlainPost, body: string): void {
    const { mediaType, cors } = post
    this.#send(post, 200, { ...cors, 'content-type': `${mediaType}; charset=utf-8` }, body)
  }

  sendRejection(post: PlainPost, { error, status, headers }: Rejection): void {
    const { headers: given, cors } = post
    const body = errorBody(shownError(error))
    this.#send(post, status, { ...headers, ...cors, 'content-type': errorContentType(given.get('accept')) }, body)
  }

  #send(
    { response, requestId }: PlainPost,
    status: number,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): void {
    // The caller has disconnected.
    if (response.destroyed) return
    closeWhileDraining(response, this.#readiness)
    const length = Buffer.byteLength(body)
    response.writeHead(status, {
      ...headers,
      'content-length': length,
      ...this.#headers,
      [REQUEST_ID_HEADER]: requestId,
    })
    response.end(body)
  }
}
