import type { ServerResponse } from 'node:http'
import { errorBody, errorContentType, type Rejection, shownError } from '../error-response.ts'
import { NO_STORE, SECURITY_HEADERS } from '../response-headers.ts'

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

  sendResult(response: ServerResponse, mediaType: string, body: string): void {
    this.#send(response, 200, { 'content-type': `${mediaType}; charset=utf-8` }, body)
  }

  sendRejection(response: ServerResponse, accept: string | null, { error, status, headers }: Rejection): void {
    const body = errorBody(shownError(error))
    this.#send(response, status, { ...headers, 'content-type': errorContentType(accept) }, body)
  }

  #send(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>, body: string): void {
    // The caller has disconnected.
    if (response.destroyed) return
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body), ...this.#headers })
    response.end(body)
  }
}
