import type { FetchAPI } from 'graphql-yoga'
import type { GatewayError } from '../errors.ts'

const JSON_TYPE = 'application/json'
const GRAPHQL_TYPE = 'application/graphql-response+json'

/** Of the two media types of a GraphQL result, the one that the request names first; JSON where it names neither. */
function resultType(accept: string | null): string {
  const named = (accept ?? '').split(',').map((range) => range.split(';', 1)[0]!.trim().toLowerCase())
  return named.find((type) => type === GRAPHQL_TYPE || type === JSON_TYPE) ?? JSON_TYPE
}

/** What a request is answered with before GraphQL sees it: one error, as the body of a GraphQL result. */
export function refusal(
  { Response }: FetchAPI,
  request: Request,
  error: GatewayError,
  { status, headers = {} }: { readonly status: number; readonly headers?: Readonly<Record<string, string>> },
): Response {
  const { message, code } = error
  const body = { errors: [{ message, extensions: { code, ...error.details() } }] }
  const type = resultType(request.headers.get('accept'))
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, 'content-type': `${type}; charset=utf-8` },
  })
}
