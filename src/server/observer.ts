import type { Server } from 'node:net'
import type { ReportOperation } from './operation-report.ts'
import type { LogRefusal } from './refusal-log.ts'

/** Counts what the server does. Its functions must not throw. */
export interface ServerObserver {
  readonly onOperation: ReportOperation
  /** @param code the code of the error that rejected the request; null for any other response */
  readonly onResponse: (status: number, code: string | null) => void
  /** Counts the connections of a server. */
  readonly onServer: (server: Server) => void
}

/** Returns a log of rejected requests that also counts them. */
export function countRefusals(log: LogRefusal, observer: ServerObserver | null): LogRefusal {
  if (observer === null) return log
  return (status, reason, request) => {
    observer.onResponse(status, reason?.code ?? null)
    log(status, reason, request)
  }
}
