import type { UpstreamFault } from '../../../src/errors.ts'
import { orNull, pathSegment, type UpstreamClient } from '../../../src/http/client.ts'
import type { Row } from '../../../src/ledger/ledger.ts'
import { type FarthingRow, readEntries, readEntry } from './wire.ts'

export interface FarthingApi {
  /** `GET /v2/entries`: the entries `[skip, skip + take)`, newest first. */
  listEntries(query: { skip: number; take: number }, signal?: AbortSignal): Promise<readonly Row<FarthingRow>[]>
  /** `GET /v2/entries/{id}`; null where it is not there. */
  getEntry(id: string, signal?: AbortSignal): Promise<FarthingRow | null>
}

export function createFarthingApi(client: UpstreamClient, key: string): FarthingApi {
  const faultOf = (operation: string): UpstreamFault => ({ provider: 'FARTHING', operation })
  const headers = { 'x-api-key': key }
  return {
    async listEntries(query, signal) {
      const fault = faultOf('listEntries')
      const { json } = await client.get({ operation: fault.operation, path: '/v2/entries', query, headers, signal })
      return readEntries(json, fault)
    },
    getEntry(id, signal) {
      const fault = faultOf('getEntry')
      const entry = async () => {
        const path = `/v2/entries/${pathSegment(id, fault)}`
        const { json } = await client.get({ operation: fault.operation, path, headers, signal })
        return readEntry(json, fault)
      }
      return orNull(entry(), fault, 404)
    },
  }
}
