import { setTimeout as sleep } from 'node:timers/promises'
import type { SharedState } from '../shared-state.ts'

/** A bearer token, and when to renew it, in epoch milliseconds. */
export interface KeptToken {
  readonly token: string
  readonly renewAt: number
}

/** The longest that a process waits for another one that fetches a token; afterwards it fetches one itself. */
const LOCK_MS = 1500
const POLL_MS = 50

function parseToken(text: string | null): KeptToken | null {
  if (text === null) return null
  const { token, renewAt } = JSON.parse(text) as Partial<KeptToken>
  return typeof token === 'string' && typeof renewAt === 'number' ? { token, renewAt } : null
}

/** The token that all processes of the gateway use, so that one of them fetches it for all. */
export class SharedToken {
  readonly #state: SharedState
  readonly #key: string
  readonly #now: () => number

  /**
   * @param state encrypts what it keeps
   * @param scope identifies the tokens of the credentials that are exchangeable
   */
  constructor(state: SharedState, scope: readonly string[], now: () => number) {
    this.#state = state
    this.#key = JSON.stringify(['kobble token', ...scope])
    this.#now = now
  }

  /**
   * Returns the shared token. Null means that this process is to fetch one, and then to call `keep` or `giveUp`.
   *
   * @param rejected a token that Kobble has rejected, which counts as none
   */
  async find(rejected: string | null): Promise<KeptToken | null> {
    const giveUpAt = performance.now() + LOCK_MS
    for (;;) {
      const found = parseToken(await this.#state.get(this.#key))
      if (found !== null && found.token !== rejected && this.#now() < found.renewAt) return found
      if (performance.now() >= giveUpAt || (await this.#state.tryLock(this.#key, LOCK_MS))) return null
      await sleep(POLL_MS)
    }
  }

  /** Shares a token that this process has fetched. */
  async keep(token: KeptToken): Promise<void> {
    await this.#state.set(this.#key, JSON.stringify(token), token.renewAt - this.#now())
    await this.giveUp()
  }

  /** Lets another process fetch a token. */
  giveUp(): Promise<void> {
    return this.#state.unlock(this.#key)
  }
}
