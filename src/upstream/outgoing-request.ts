import type { UpstreamErrorContext } from '../errors.ts'
import { type AnswerLimits, WHOLE_LIST } from './answer-limits.ts'
import type { Circuit, UpstreamCall } from './types.ts'

/** One request as it is sent. */
export interface OutgoingRequest {
  readonly errorContext: UpstreamErrorContext
  readonly notFoundStatuses: readonly number[]
  readonly limits: AnswerLimits
  readonly circuit: Circuit
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/**
 * Builds the request of a call; one with form fields is a POST.
 * @param basePath path of the base URL
 */
export function buildRequest(
  provider: string,
  basePath: string,
  call: UpstreamCall,
  form?: Readonly<Record<string, string>>,
): OutgoingRequest {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) query.append(name, String(value))
  }
  const path = call.path === '' ? basePath : basePath.replace(/\/+$/, '') + call.path
  const formType = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  return {
    errorContext: { provider, operation: call.operation },
    notFoundStatuses: call.notFoundStatuses ?? [],
    limits: call.limits ?? WHOLE_LIST,
    circuit: call.circuit ?? 'collection',
    method: form === undefined ? 'GET' : 'POST',
    path: query.size === 0 ? path : `${path}?${query}`,
    headers: {
      accept: 'application/json',
      // Without this header the upstream may choose any content coding.
      'accept-encoding': 'identity',
      'user-agent': 'transactions-gateway',
      ...formType,
      ...call.headers,
    },
    body: form === undefined ? null : new URLSearchParams(form).toString(),
  }
}

/**
 * Returns the key under which equal requests share one in flight. It includes the headers, so that an answer never
 * crosses from one set of credentials to another.
 */
export function sharingKey({ errorContext, path, headers }: OutgoingRequest): string {
  return JSON.stringify([errorContext.operation, path, Object.entries(headers).sort()])
}
