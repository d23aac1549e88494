import type { ServerResponse } from 'node:http'
import { errorBody, errorContentType, type Rejection, shownError } from '../error-response.ts'
import { NO_STORE, SECURITY_HEADERS } from '../response-headers.ts'
import type { PlainPost } from './plain-post.ts'

/** Sends responses with the headers that the plugins give to every response. */
export class ResponseSender {
  readonly #headers: Readonly<Record<string, string>>

  /** @param variesByOrigin true when CORS is on, because answers then differ by origin */
  constructor(variesByOrigin: boolean) {
    this.#headers = {
      ...SECURITY_HEADERS,
      'cache-control': NO_STORE,
      ...(variesByOrigin && { vary: 'Origin' }),
    }
  }

  sendResult({ response, mediaType, cors }: PlainPost, body: string): void {
    this.#send(response, 200, { ...cors, 'content-type': `${mediaType}; charset=utf-8` }, body)
  }

  sendRejection({ response, headers: given, cors }: PlainPost, { error, status, headers }: Rejection): void {
    const body = errorBody(shownError(error))
    this.#send(response, status, { ...headers, ...cors, 'content-type': errorContentType(given.get('accept')) }, body)
  }

  #send(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>, body: string): void {
    // The caller has disconnected.
    if (response.destroyed) return
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body), ...this.#headers })
    response.end(body)
  }
}
