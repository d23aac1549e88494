import type { ServerResponse } from 'node:http'
import type { Readiness } from './readiness.ts'

/** Makes the response the last one of its connection while the process drains, so that the client opens its next one elsewhere. */
export function closeWhileDraining(response: ServerResponse, { isDraining }: Readiness): void {
  if (isDraining && !response.headersSent) response.setHeader('connection', 'close')
}
