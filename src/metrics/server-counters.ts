import type { Server } from 'node:net'
import { codeLabel } from './error-codes.ts'

/** Responses with one status and one code. */
interface ErrorCount {
  readonly status: number
  readonly code: string
  count: number
}

/** Counts connections, and responses with an error status. */
export class ServerCounters {
  readonly #errors = new Map<string, ErrorCount>()
  openConnections = 0
  acceptedConnections = 0
  refusedConnections = 0

  /** The responses with an error status, by status and code. */
  get errors(): Iterable<Readonly<ErrorCount>> {
    return this.#errors.values()
  }

  /** Counts a response if its status is one of an error. */
  addResponse(status: number, code: string | null): void {
    if (status < 400) return
    const label = codeLabel(code)
    const key = `${status} ${label}`
    const counted = this.#errors.get(key)
    if (counted === undefined) this.#errors.set(key, { status, code: label, count: 1 })
    else counted.count++
  }

  /** Counts the connections of a server from now on. */
  observeConnections(server: Server): void {
    server.on('connection', (socket) => {
      this.acceptedConnections++
      this.openConnections++
      socket.once('close', () => {
        this.openConnections--
      })
    })
    server.on('drop', () => {
      this.refusedConnections++
    })
  }
}
