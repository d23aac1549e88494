import type { RequestContext } from '../../../src/operation.ts'
import { Endpoints } from '../../../src/providers/endpoints.ts'
import { nullOnStatus, pathSegment } from '../../../src/upstream/endpoint.ts'
import type { UpstreamClient } from '../../../src/upstream/types.ts'
import { type ExamplePage, type ExampleRow, readEntries, readEntry } from './wire.ts'

const NOT_FOUND_STATUSES = [404]

/** The query of `GET /v3/entries`. At most one of `startingAfter` and `endingBefore`. */
export interface ExampleListQuery {
  readonly limit: number
  /** Entries behind the one with this id, in the order of the list. */
  readonly startingAfter?: string | undefined
  /** The entries right before the one with this id, in the order of the list. */
  readonly endingBefore?: string | undefined
  /** `desc`, which is the default, is newest first. */
  readonly order?: 'asc' | 'desc' | undefined
  /** RFC 3339; the earliest instant, included. */
  readonly from?: string | undefined
  /** RFC 3339; the latest instant, included. */
  readonly to?: string | undefined
}

export interface ExampleApi {
  /** `GET /v3/entries`; null where there is no entry with the id to continue from. */
  listEntries(query: ExampleListQuery, context?: RequestContext): Promise<ExamplePage | null>
  /** `GET /v3/entries/{id}`; null where it is not there. */
  getEntry(id: string, context?: RequestContext): Promise<ExampleRow | null>
}

export function createExampleApi(client: UpstreamClient, key: string): ExampleApi {
  const headers = { 'x-api-key': key }
  const endpoints = new Endpoints({
    provider: 'EXAMPLE',
    notFoundStatuses: NOT_FOUND_STATUSES,
    send: (call) => client.get({ headers, ...call }),
    cache: null,
  })
  return {
    listEntries({ limit, startingAfter, endingBefore, order, from, to }, context) {
      const query = { limit, starting_after: startingAfter, ending_before: endingBefore, order, from, to }
      const page = endpoints.list(
        'listEntries',
        { path: '/v3/entries', query },
        ({ json }, fault) => readEntries(json, fault),
        context,
      )
      // Only a key can be unknown; without one, "not found" is a failure of the list.
      const hasKey = startingAfter !== undefined || endingBefore !== undefined
      return hasKey ? nullOnStatus(page, endpoints.errorContext('listEntries'), ...NOT_FOUND_STATUSES) : page
    },
    getEntry: (id, context) =>
      endpoints.one(
        'getEntry',
        (fault) => `/v3/entries/${pathSegment(id, fault)}`,
        ({ json }, fault) => readEntry(json, fault),
        context,
      ),
  }
}
