import type { FetchAPI } from 'graphql-yoga'
import { type GatewayError, UnauthenticatedError } from '../errors.ts'

const JSON_TYPE = 'application/json'
const GRAPHQL_TYPE = 'application/graphql-response+json'

/** The parts of an error that callers see. */
export interface ShownError {
  readonly message: string
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>
}

/** Returns the `content-type` of an error response: the media type of a GraphQL result that `accept` names first, otherwise JSON. */
export function errorContentType(accept: string | null): string {
  const named = (accept ?? '').split(',').map((range) => range.split(';', 1)[0]!.trim().toLowerCase())
  const type = named.find((type) => type === GRAPHQL_TYPE || type === JSON_TYPE) ?? JSON_TYPE
  return `${type}; charset=utf-8`
}

/** Returns the body of an error response: a GraphQL result with one error, as JSON text. */
export function errorBody({ message, code, details }: ShownError): string {
  return JSON.stringify({ errors: [{ message, extensions: { code, ...details } }] })
}

/** An error that rejects a request before an operation is executed, with the status and headers of its response. */
export interface Rejection {
  readonly error: GatewayError
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

/** The reason of a rejected request, for the log. */
export interface RefusalReason {
  readonly code: string
  /** A word or two beside the code; never a part of the request. */
  readonly reason?: string
}

/** Returns what the log may show of a rejection. */
export const reasonOf = (error: GatewayError): RefusalReason =>
  error instanceof UnauthenticatedError ? { code: error.code, reason: error.reason } : { code: error.code }

const reasons = new WeakMap<Request, RefusalReason>()

/** Records why a request is rejected, for {@link refusalReason}. */
export function recordRefusal(request: Request, reason: RefusalReason): void {
  reasons.set(request, reason)
}

/** Returns the recorded reason of a rejection; null when there is none. */
export const refusalReason = (request: Request): RefusalReason | null => reasons.get(request) ?? null

/** Returns the parts of an error that callers see. */
export const shownError = (error: GatewayError): ShownError => ({
  message: error.message,
  code: error.code,
  details: error.details(),
})

/** Creates the response of a rejected request: a GraphQL result with one error. */
export function errorResponse({ Response }: FetchAPI, request: Request, rejection: Rejection): Response {
  const { error, status, headers = {} } = rejection
  recordRefusal(request, reasonOf(error))
  return new Response(errorBody(shownError(error)), {
    status,
    headers: { ...headers, 'content-type': errorContentType(request.headers.get('accept')) },
  })
}
