import type { UpstreamErrorContext } from '../../../src/errors.ts'
import type { Row } from '../../../src/ledger/ledger.ts'
import type { RequestContext } from '../../../src/operation.ts'
import type { UpstreamClient } from '../../../src/upstream/client.ts'
import { nullOnStatus, pathSegment } from '../../../src/upstream/endpoint.ts'
import { type FarthingRow, readEntries, readEntry } from './wire.ts'

export interface FarthingApi {
  /** `GET /v2/entries`: the entries `[skip, skip + take)`, newest first. */
  listEntries(query: { skip: number; take: number }, context?: RequestContext): Promise<readonly Row<FarthingRow>[]>
  /** `GET /v2/entries/{id}`; null where it is not there. */
  getEntry(id: string, context?: RequestContext): Promise<FarthingRow | null>
}

export function createFarthingApi(client: UpstreamClient, key: string): FarthingApi {
  const faultOf = (operation: string): UpstreamErrorContext => ({ provider: 'FARTHING', operation })
  const headers = { 'x-api-key': key }
  return {
    async listEntries(query, context) {
      const fault = faultOf('listEntries')
      const { json } = await client.get({ operation: fault.operation, path: '/v2/entries', query, headers, ...context })
      return readEntries(json, fault)
    },
    getEntry(id, context) {
      const fault = faultOf('getEntry')
      const entry = async () => {
        const path = `/v2/entries/${pathSegment(id, fault)}`
        const { json } = await client.get({ operation: fault.operation, path, headers, ...context })
        return readEntry(json, fault)
      }
      return nullOnStatus(entry(), fault, 404)
    },
  }
}
