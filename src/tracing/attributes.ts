import type { Attributes } from '@opentelemetry/api'
import type { AttemptEnd, ProviderCost, TracedEnd, TracedRequest } from '../operation.ts'

/**
 * The attributes of all spans. Each is written here and nowhere else, so that this file shows what leaves the gateway: no id of a
 * customer or an entry, no search text, no URL, no header and no credential.
 */

/** The parameters that select a page. Only those that are numbers are recorded. */
const PAGE_PARAMETERS = ['page', 'per_page', 'offset', 'limit']

/** Describes a request before it is sent. */
export function requestAttributes({ provider, operation, parameters, isCacheMiss }: TracedRequest): Attributes {
  const attributes: Attributes = { 'gateway.provider': provider, 'gateway.operation': operation }
  if (isCacheMiss) attributes['gateway.cache'] = 'miss'
  for (const name of PAGE_PARAMETERS) {
    const value = parameters?.[name]
    if (typeof value === 'number') attributes[`gateway.${name}`] = value
  }
  return attributes
}

/** Describes the end of an attempt. */
export const attemptAttributes = ({ status, rows, failure }: AttemptEnd): Attributes => ({
  ...(status !== null && { 'http.response.status_code': status }),
  ...failureAttributes(failure),
  'gateway.rows': rows,
})

export const failureAttributes = (failure: string | null): Attributes =>
  failure === null ? {} : { 'error.type': failure }

const sum = (costs: readonly ProviderCost[], count: (cost: ProviderCost) => number) =>
  costs.reduce((total, cost) => total + count(cost), 0)

/** Describes an operation that has ended. */
export function operationAttributes(end: TracedEnd): Attributes {
  const { caller, requestId, kind, name, documentHash, outcome, codes, costs, events } = end
  return {
    ...(kind !== null && { 'graphql.operation.type': kind }),
    ...(name !== null && { 'graphql.operation.name': name }),
    ...(documentHash !== null && { 'gateway.document.hash': documentHash }),
    'gateway.caller': caller,
    'gateway.request.id': requestId,
    'gateway.outcome': outcome,
    ...(codes.length > 0 && { 'gateway.error.codes': [...codes] }),
    'gateway.upstream.requests': sum(costs, ({ requests }) => requests),
    'gateway.upstream.rows': sum(costs, ({ rows }) => rows),
    ...(costs.some(({ hits }) => hits !== undefined) && {
      'gateway.upstream.cache_hits': sum(costs, ({ hits = 0 }) => hits),
    }),
    ...(events !== undefined && { 'gateway.events': events }),
  }
}
