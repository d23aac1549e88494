export interface BreakerOptions {
  /** How far back calls count. */
  readonly windowMs?: number
  /** Of how many calls at most, the latest, so that a long good time does not hide that it is over. */
  readonly latestCalls?: number
  /** Of fewer calls nothing is concluded. */
  readonly minimumCalls?: number
  /** The share of faults, from 0 to 1, from which on the breaker opens. */
  readonly faultShare?: number
  /** How long it stays open at first; twice as long after every probe that fails. */
  readonly firstPauseMs?: number
  readonly longestPauseMs?: number
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number
}

/** How the breaker stands from now on: open until the next probe, half-open with a probe under way, or closed. */
export type BreakerChange =
  | { readonly state: 'open'; readonly pauseMs: number }
  | { readonly state: 'half-open' }
  | { readonly state: 'closed' }

/** How a call ended: the other side did its part, failed at it, or nothing was learned of it. */
export type CallEnd = 'fine' | 'fault' | 'unknown'

/** A call that the breaker has let through. */
export interface Admission {
  /** The only call that goes out; everything else waits for how it ends. */
  readonly isProbe: boolean
  /** Whether the breaker still stands as it did when it let the call through. */
  isCurrent(): boolean
  end(how: CallEnd): void
}

export interface Breaker {
  /** The least time until a call is let through, in milliseconds; 0 when one may try now. */
  pausedForMs(): number
  /** Lets a call through; null while the breaker is open, or half-open with its probe under way. */
  admit(): Admission | null
}

/**
 * Stops calls to something that keeps failing. It opens when at least `minimumCalls` calls ended within the last `windowMs`
 * and `faultShare` of them, or of the `latestCalls` where there were more, were faults, and stays open for a pause. Then
 * one call is the probe: the breaker closes when it ends well, and is open for twice the pause when it does not. A probe
 * that taught nothing is followed by another one after the first pause. What ends after the breaker has changed its state
 * counts no more.
 *
 * The share is high since a breaker stands before all that a provider offers: one part of it that fails amid others that
 * do not is no reason to stop asking for those.
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
  let ended: { readonly at: number; readonly isFault: boolean }[] = []
  let state: BreakerChange['state'] = 'closed'
  let pauseMs = firstPauseMs
  let pausedUntil = 0
  /** Counts the changes of state. */
  let era = 0

  function change(to: BreakerChange): void {
    state = to.state
    era++
    ended = []
    onChange(to)
  }

  function open(forMs: number): void {
    pausedUntil = now() + forMs
    change({ state: 'open', pauseMs: forMs })
  }

  function count(isFault: boolean): void {
    const at = now()
    ended.push({ at, isFault })
    if (ended.length > latestCalls) ended.shift()
    if (!isFault) return
    ended = ended.filter((call) => at - call.at < windowMs)
    const faults = ended.filter((call) => call.isFault).length
    if (ended.length < minimumCalls || faults < faultShare * ended.length) return
    pauseMs = firstPauseMs
    open(pauseMs)
  }

  function endProbe(how: CallEnd): void {
    if (how === 'fault') pauseMs = Math.min(longestPauseMs, pauseMs * 2)
    if (how === 'fine') change({ state: 'closed' })
    else open(how === 'fault' ? pauseMs : firstPauseMs)
  }

  return {
    pausedForMs() {
      if (state === 'closed') return 0
      return state === 'open' ? Math.max(0, Math.ceil(pausedUntil - now())) : firstPauseMs
    },
    admit() {
      if (state === 'half-open' || (state === 'open' && now() < pausedUntil)) return null
      const isProbe = state === 'open'
      if (isProbe) change({ state: 'half-open' })
      const admitted = era
      const isCurrent = () => era === admitted
      return {
        isProbe,
        isCurrent,
        end(how) {
          if (!isCurrent()) return
          if (isProbe) endProbe(how)
          else if (how !== 'unknown') count(how === 'fault')
        },
      }
    },
  }
}
