import type { SharedState } from '../shared-state.ts'

/** Time for which a refused global ledger is not requested again. */
const REFUSAL_MS = 5 * 60_000
/** Time after which it is read again what other processes have learned. */
const REFRESH_MS = 10_000

const KEY = 'vobiz global ledger refused until'

/**
 * Remembers that Vobiz does not offer this partner the global ledger. What other processes have learned is read in the background,
 * so that no operation waits for it.
 */
export class GlobalOffer {
  readonly #shared: SharedState | null
  /** In epoch milliseconds, as the next. */
  #refusedUntil = 0
  #refreshAt = 0

  constructor(shared: SharedState | null) {
    this.#shared = shared
  }

  /** Returns false for a time after a refusal. */
  isOffered(): boolean {
    const now = Date.now()
    if (this.#shared !== null && now >= this.#refreshAt) void this.refresh()
    return now >= this.#refusedUntil
  }

  refuse(): void {
    this.#refusedUntil = Date.now() + REFUSAL_MS
    void this.#shared?.set(KEY, String(this.#refusedUntil), REFUSAL_MS)
  }

  /** Reads what other processes have learned. It never rejects. */
  async refresh(): Promise<void> {
    this.#refreshAt = Date.now() + REFRESH_MS
    const until = Number((await this.#shared?.get(KEY)) ?? 0)
    // A clock that is wrong must not make a refusal last longer.
    if (until > this.#refusedUntil) this.#refusedUntil = Math.min(until, Date.now() + REFUSAL_MS)
  }
}
