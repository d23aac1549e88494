import type { FetchAPI } from 'graphql-yoga'
import { type GatewayError, UnauthenticatedError } from '../errors.ts'

const JSON_TYPE = 'application/json'
const GRAPHQL_TYPE = 'application/graphql-response+json'

/** An error as callers see it. */
interface RefusedWith {
  readonly message: string
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>
}

/** The `content-type` of a refusal: of the two media types of a GraphQL result, the one that `accept` names first; JSON when it names neither. */
export function errorContentType(accept: string | null): string {
  const named = (accept ?? '').split(',').map((range) => range.split(';', 1)[0]!.trim().toLowerCase())
  const type = named.find((type) => type === GRAPHQL_TYPE || type === JSON_TYPE) ?? JSON_TYPE
  return `${type}; charset=utf-8`
}

/** The body of a refusal: a GraphQL result with one error. */
export function errorBody({ message, code, details }: RefusedWith): string {
  return JSON.stringify({ errors: [{ message, extensions: { code, ...details } }] })
}

/** Why a request was refused, for the log. */
export interface RefusalReason {
  readonly code: string
  /** A word or two beside the code; nothing that was sent. */
  readonly reason?: string
}

const reasons = new WeakMap<Request, RefusalReason>()

/** Remembers why a request is refused, for {@link refusalReason}. */
export function recordRefusal(request: Request, { code }: { readonly code: string }, reason?: string): void {
  reasons.set(request, reason === undefined ? { code } : { code, reason })
}

/** Why a request was refused; null when nothing is known. */
export const refusalReason = (request: Request): RefusalReason | null => reasons.get(request) ?? null

/** What a request is answered with before GraphQL sees it: one error, as the body of a GraphQL result. */
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
