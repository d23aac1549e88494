import type { ServerResponse } from 'node:http'
import type { CancellationSignal } from '../../execution/execute.ts'
import type { Release } from '../limits/concurrency.ts'
import { ConnectionLifetime, DISCONNECTED } from '../limits/operation-lifetime.ts'
import type { RunningOperations } from '../running-operations.ts'

/**
 * The connection of a caller during one request. When it closes, the permit is released, the reads are aborted, and the execution
 * ends. It is the signal of the execution itself, because an `AbortController` for each request costs more.
 */
export class CallerConnection implements CancellationSignal {
  readonly lifetime: ConnectionLifetime
  readonly reason: unknown = DISCONNECTED
  readonly #response: ServerResponse
  readonly #release: Release
  /** Of one execution, which is the only one to listen. */
  #listener: (() => void) | null = null

  constructor(response: ServerResponse, release: Release, running: RunningOperations) {
    this.lifetime = new ConnectionLifetime(running)
    this.#response = response
    this.#release = release
    if (this.aborted || response.closed) this.#onClose()
    else response.once('close', this.#onClose)
  }

  /** True when the caller has disconnected. */
  get aborted(): boolean {
    return this.#response.destroyed
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listener = listener
  }

  removeEventListener(): void {
    this.#listener = null
  }

  readonly #onClose = () => {
    this.#release()
    this.lifetime.disconnect()
    this.#listener?.()
  }
}
