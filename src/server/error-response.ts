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

/** The reason of a rejected request, for the log. */
export interface RefusalReason {
  readonly code: string
  /** A word or two beside the code; never a part of the request. */
  readonly reason?: string
}

const reasons = new WeakMap<Request, RefusalReason>()

/** Records why a request is rejected, for {@link refusalReason}. */
export function recordRefusal(request: Request, { code }: { readonly code: string }, reason?: string): void {
  reasons.set(request, reason === undefined ? { code } : { code, reason })
}

/** Returns the recorded reason of a rejection; null when there is none. */
export const refusalReason = (request: Request): RefusalReason | null => reasons.get(request) ?? null

/** Creates the response that rejects a request before it is executed: a GraphQL result with one error. */
export function errorResponse(
  { Response }: FetchAPI,
  request: Request,
  error: GatewayError,
  { status, headers = {} }: { readonly status: number; readonly headers?: Readonly<Record<string, string>> },
): Response {
  recordRefusal(request, error, error instanceof UnauthenticatedError ? error.reason : undefined)
  return new Response(errorBody({ message: error.message, code: error.code, details: error.details() }), {
    status,
    headers: { ...headers, 'content-type': errorContentType(request.headers.get('accept')) },
  })
}
