import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import type { Readiness } from '../server/readiness.ts'
import type { RunningOperations } from '../server/running-operations.ts'

/** Operations are cut this long before the time is over, or at half of a shorter time, so that their answers can still be sent. */
const CUT_BEFORE_MS = 1_000
/** Connections are closed by force this long before the time is over, so that the rest of the process can end. */
const FORCE_BEFORE_MS = 250
/** Interval at which connections are closed that have become idle. */
const CHECK_MS = 50
/** Time after which a connection is closed that has sent nothing; a request may be on its way on a new one. */
const SILENT_MS = 500

export interface DrainOptions {
  readonly server: Server
  readonly readiness: Readiness
  readonly running: RunningOperations
  readonly log: Log
  readonly settings: Config['lifeCycle']
}

/** Ends a server so that every request that it has received is answered. */
export class Drain {
  readonly #options: DrainOptions
  readonly #open = new Set<Socket>()

  /** Call it before the server listens. */
  constructor(options: DrainOptions) {
    this.#options = options
    options.server.on('connection', (socket: Socket) => {
      this.#open.add(socket)
      socket.once('close', () => this.#open.delete(socket))
    })
  }

  /**
   * Makes the process unready, waits for the configured delay, closes the port, and waits until all requests have ended. Those that
   * take too long are cut. It takes at most the delay and the timeout of the settings.
   *
   * @returns false when connections had to be closed whose request was not answered
   */
  async end(): Promise<boolean> {
    const { server, readiness, settings } = this.#options
    readiness.startDraining()
    await sleep(settings.shutdownDelayMs)
    let isForced = false
    const timers = [
      setInterval(() => server.closeIdleConnections(), CHECK_MS),
      setInterval(() => this.#closeSilent(), SILENT_MS),
      setTimeout(
        () => this.#cut(),
        settings.shutdownTimeoutMs - Math.min(CUT_BEFORE_MS, settings.shutdownTimeoutMs / 2),
      ),
      setTimeout(() => {
        isForced = true
        this.#closeAll()
      }, settings.shutdownTimeoutMs - FORCE_BEFORE_MS),
    ]
    await new Promise((resolve) => server.close(resolve))
    for (const timer of timers) clearTimeout(timer)
    return !isForced
  }

  #cut(): void {
    const { running, log } = this.#options
    const operations = running.cut()
    if (operations > 0) log.warn('operations cut', { reason: 'SHUTDOWN_TIMEOUT_S', operations })
  }

  /** Closes connections that have never sent anything, which Node does not count as idle. */
  #closeSilent(): void {
    for (const socket of this.#open) if (socket.bytesRead === 0) socket.destroy()
  }

  #closeAll(): void {
    const { server, log } = this.#options
    log.warn('connections closed', { reason: 'SHUTDOWN_TIMEOUT_S', connections: this.#open.size })
    server.closeAllConnections()
  }
}
