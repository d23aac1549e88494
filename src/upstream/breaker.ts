export interface BreakerOptions {
  /** Calls that ended longer ago do not count. */
  readonly windowMs?: number
  /** The most calls that count: the latest ones, so that many earlier successes do not hide an outage. */
  readonly latestCalls?: number
  /** The fewest calls after which the breaker may open. */
  readonly minimumCalls?: number
  /** The share of faults, from 0 to 1, from which on the breaker opens. */
  readonly faultShare?: number
  /** The first pause in the open state; twice as long after every probe that fails. */
  readonly firstPauseMs?: number
  readonly longestPauseMs?: number
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number
}

/** The states of a circuit breaker. */
export type BreakerState = 'closed' | 'open' | 'half-open'

/** The new state: open until the next probe, half-open with a probe in flight, or closed. */
export type BreakerChange =
  | { readonly state: 'open'; readonly pauseMs: number }
  | { readonly state: 'half-open' }
  | { readonly state: 'closed' }

/** `failure` is a fault of the other side; `ignored` says nothing about it. */
export type CallOutcome = 'success' | 'failure' | 'ignored'

/** The breaker's permission for a call. */
export interface Permit {
  /** True for the only call of the half-open state; its outcome decides the next state. */
  readonly isProbe: boolean
  /** Returns true while the breaker has not changed its state since it gave the permit. */
  isCurrent(): boolean
  /** Counts the outcome of the call, if the permit is current. */
  end(outcome: CallOutcome): void
}

export interface Breaker {
  state(): BreakerState
  /** Returns the least time until a call is permitted, in milliseconds; 0 when one may try now. */
  pausedForMs(): number
  /** Returns null while the breaker is open, or half-open with its probe in flight. */
  tryAcquire(): Permit | null
}

/** The outcomes of the latest calls, in a ring: an array would be moved with each call. */
class LatestCalls {
  readonly #endedAt: Float64Array
  readonly #isFault: Uint8Array
  #next = 0
  #count = 0

  constructor(capacity: number) {
    this.#endedAt = new Float64Array(capacity)
    this.#isFault = new Uint8Array(capacity)
  }

  /** Adds a call, in place of the earliest one when the ring is full. */
  add(at: number, isFault: boolean): void {
    this.#endedAt[this.#next] = at
    this.#isFault[this.#next] = Number(isFault)
    this.#next = (this.#next + 1) % this.#endedAt.length
    this.#count = Math.min(this.#count + 1, this.#endedAt.length)
  }

  clear(): void {
    this.#count = 0
    this.#next = 0
  }

  /** Counts the calls that ended after a time. */
  countAfter(time: number): { readonly calls: number; readonly faults: number } {
    let calls = 0
    let faults = 0
    for (let index = 0; index < this.#count; index++) {
      if (this.#endedAt[index]! <= time) continue
      calls++
      faults += this.#isFault[index]!
    }
    return { calls, faults }
  }
}

/**
 * Creates a circuit breaker. It opens when at least `minimumCalls` calls ended within the last `windowMs` and `faultShare` of them,
 * or of the latest `latestCalls`, were failures. It stays open for a pause; then one call is the probe. The breaker closes
 * when the probe succeeds, and opens for twice the pause when it fails. A probe that is ignored is followed by another one
 * after the first pause. A permit from before a change of state no longer counts.
 *
 * The share is high because one breaker covers everything that a provider offers: a single part that fails must not stop
 * the calls to the others.
 */
export function createBreaker(
  {
    windowMs = 20_000,
    latestCalls = 100,
    minimumCalls = 10,
    faultShare = 0.9,
    firstPauseMs = 1000,
    longestPauseMs = 15_000,
    now = () => performance.now(),
  }: BreakerOptions = {},
  onChange: (change: BreakerChange) => void = () => {},
): Breaker {
  const latest = new LatestCalls(latestCalls)
  let state: BreakerState = 'closed'
  let pauseMs = firstPauseMs
  let pausedUntil = 0
  /** Counts the changes of state. */
  let era = 0

  function change(to: BreakerChange): void {
    state = to.state
    era++
    latest.clear()
    onChange(to)
  }

  function open(forMs: number): void {
    pausedUntil = now() + forMs
    change({ state: 'open', pauseMs: forMs })
  }

  function recordCall(isFault: boolean): void {
    const at = now()
    latest.add(at, isFault)
    if (!isFault) return
    const { calls, faults } = latest.countAfter(at - windowMs)
    if (calls < minimumCalls || faults < faultShare * calls) return
    pauseMs = firstPauseMs
    open(pauseMs)
  }

  function endProbe(outcome: CallOutcome): void {
    if (outcome === 'failure') pauseMs = Math.min(longestPauseMs, pauseMs * 2)
    if (outcome === 'success') change({ state: 'closed' })
    else open(outcome === 'failure' ? pauseMs : firstPauseMs)
  }

  return {
    state: () => state,
    pausedForMs() {
      if (state === 'closed') return 0
      return state === 'open' ? Math.max(0, Math.ceil(pausedUntil - now())) : firstPauseMs
    },
    tryAcquire() {
      if (state === 'half-open' || (state === 'open' && now() < pausedUntil)) return null
      const isProbe = state === 'open'
      if (isProbe) change({ state: 'half-open' })
      const acquiredIn = era
      const isCurrent = () => era === acquiredIn
      return {
        isProbe,
        isCurrent,
        end(outcome) {
          if (!isCurrent()) return
          if (isProbe) endProbe(outcome)
          else if (outcome !== 'ignored') recordCall(outcome === 'failure')
        },
      }
    },
  }
}
