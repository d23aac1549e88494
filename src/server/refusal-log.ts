import type { IncomingMessage } from 'node:http'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { type Log, throttled } from '../log.ts'
import { type RefusalReason, recordRefusal, refusalReason } from './error-response.ts'
import { requestIdOf } from './request-id.ts'

/** Statuses of requests that are rejected because of their caller, their origin or host, or their rate. */
const STATUSES = [401, 403, 421, 429]

/** Identifies a rejected request in the log. */
interface RefusedRequest {
  readonly requestId: string
  /** The address of its socket. */
  readonly address: string | undefined
}

/** Logs a rejected request, when its status is one of {@link STATUSES}. */
export type LogRefusal = (status: number, reason: RefusalReason | null, request: RefusedRequest) => void

/** Creates a log of rejected requests. Each status is throttled separately, to at most ten lines within ten seconds. */
export function createRefusalLog(log: Log): LogRefusal {
  const writers = new Map(STATUSES.map((status) => [status, throttled(log.warn)]))
  return (status, reason, { requestId, address }) =>
    writers.get(status)?.('request refused', {
      requestId,
      status,
      ...reason,
      ...(address !== undefined && { address }),
    })
}

/** Logs answers with a status of {@link STATUSES}. */
export function useRefusalLog(logRefusal: LogRefusal): Plugin {
  return {
    // An operation can be rejected as late as this, with a status in the extensions of its error.
    onExecutionResult({ request, result }) {
      if (isAsyncIterable(result) || Array.isArray(result)) return
      for (const { extensions } of result?.errors ?? []) {
        const { code, http } = (extensions ?? {}) as {
          readonly code?: unknown
          readonly http?: { readonly status?: number }
        }
        if (typeof code === 'string' && STATUSES.includes(http?.status ?? 0)) recordRefusal(request, { code })
        return
      }
    },
    onResponse({ request, response, serverContext }) {
      const { req } = serverContext as { readonly req?: IncomingMessage }
      const address = req?.socket.remoteAddress
      logRefusal(response.status, refusalReason(request), { requestId: requestIdOf(request), address })
    },
  }
}
