import { hash } from 'node:crypto'
import {
  CacheView,
  type KeptAnswers,
  type KeptPart,
  listStateText,
  provesUnchanged,
  type RequestContext,
} from '../operation.ts'
import type { CacheableAnswer, CachePolicy, CacheSettings, Evidence } from './policy.ts'
import type { AnswerStore, KeptAnswer, Lookup, StoreStatistics } from './store.ts'

/** The part of a call that identifies its answer, and its operation. */
export interface CachedCall extends RequestContext {
  readonly operation: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly cacheView: CacheView
}

/** An answer as it is read; `kept` is left out for one that the provider has just sent. */
export interface ReadAnswer {
  readonly json: unknown
  readonly headers: Readonly<Record<string, string>>
  readonly kept?: KeptPart
}

/** Counts of one provider since the start. */
export interface CacheCounts {
  /** Calls that a kept answer has answered. */
  hits: number
  /** Calls that looked for a kept answer and were sent to the provider. */
  misses: number
  /** Answers that were kept. */
  stored: number
}

export interface CacheStatistics {
  readonly providers: ReadonlyMap<string, Readonly<CacheCounts>>
  readonly store: StoreStatistics
}

export interface AnswerCacheOptions {
  readonly store: AnswerStore
  readonly settings: CacheSettings
  /** The clock, in epoch milliseconds. */
  readonly now?: () => number
}

/** Keeps answers of all providers, by what can still change of them. */
export class AnswerCache {
  readonly #options: Required<AnswerCacheOptions>
  readonly #counts = new Map<string, CacheCounts>()

  constructor(options: AnswerCacheOptions) {
    this.#options = { now: Date.now, ...options }
  }

  /**
   * Returns the part of a provider.
   *
   * @param credentials the address and the credentials of the provider; only answers to the same ones are used
   */
  forProvider(provider: string, credentials: readonly string[]): ProviderCache {
    const counts = this.#counts.get(provider) ?? { hits: 0, misses: 0, stored: 0 }
    this.#counts.set(provider, counts)
    const identity = hash('sha256', JSON.stringify(['answers', provider, ...credentials]))
    return new ProviderCache(provider, identity, counts, this.#options)
  }

  /** Creates the view of one operation. */
  createView(): CacheView {
    return new CacheView(this.#isClosed)
  }

  readonly #isClosed = (periodEnd: number) => periodEnd + this.#options.settings.closedMarginMs <= this.#options.now()

  statistics(): CacheStatistics {
    return { providers: this.#counts, store: this.#options.store.statistics() }
  }

  close(): Promise<void> {
    return this.#options.store.close()
  }
}

/** Calls for the same answer that are sent at the same time, and may share one request. */
interface PendingCalls {
  /** The list's generation before the first of them was sent. */
  readonly before: string | null
  readonly requestedAt: number
  calls: number
}

/** Keeps the answers of one provider. */
export class ProviderCache {
  readonly #provider: string
  readonly #identity: string
  readonly #counts: CacheCounts
  readonly #store: AnswerStore
  readonly #settings: CacheSettings
  readonly #now: () => number
  readonly #pending = new Map<string, PendingCalls>()

  constructor(
    provider: string,
    identity: string,
    counts: CacheCounts,
    { store, settings, now }: Required<AnswerCacheOptions>,
  ) {
    this.#provider = provider
    this.#identity = identity
    this.#counts = counts
    this.#store = store
    this.#settings = settings
    this.#now = now
  }

  /**
   * Answers a call with a kept answer that the operation may use, or sends it and keeps the answer.
   *
   * @param send receives true when a kept answer was looked for in vain
   * @throws what `send` throws; {@link LimitExceededError} when the operation may read no more rows
   */
  async read(
    call: CachedCall,
    policy: CachePolicy,
    send: (isCacheMiss: boolean) => Promise<CacheableAnswer>,
  ): Promise<ReadAnswer> {
    const { openTtlMs } = this.#settings
    const { periodEnd } = policy
    const isClosed = periodEnd !== null && call.cacheView.isClosed(periodEnd)
    if (!isClosed && openTtlMs === 0) {
      call.cacheView.use(null)
      return send(false)
    }
    const { list, request } = this.#keysOf(call, policy)
    const lookup = await this.#store.get(list, request)
    if (lookup.answer !== null && this.#isUsable(lookup, call, list))
      return this.#hit(lookup, lookup.answer, call, list)
    this.#counts.misses += 1
    const key = `${list}\n${request}`
    const pending = this.#begin(key, lookup.generation?.id ?? null)
    try {
      const answer = await send(true)
      const evidence = evidenceOf(answer, policy)
      call.cacheView.see(list, evidence?.state ?? null, true)
      const kept =
        evidence && this.#keptAnswer(answer, evidence, policy, { isClosed, requestedAt: pending.requestedAt })
      call.cacheView.use(kept?.expiresAt ?? null)
      if (evidence === null) await this.#store.drop(list)
      else await this.#store.put({ list, request, before: pending.before, state: evidence.state, answer: kept })
      if (kept !== null) this.#counts.stored += 1
      return answer
    } catch (error) {
      call.cacheView.use(null)
      throw error
    } finally {
      this.#end(key, pending)
    }
  }

  #keysOf({ operation, path, query = {} }: CachedCall, { paging }: CachePolicy): { list: string; request: string } {
    const all: string[] = []
    const part: string[] = []
    for (const [name, value] of Object.entries(query)) {
      if (value === undefined) continue
      const target = paging.includes(name) ? part : all
      target.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    }
    return {
      list: `${this.#identity} ${operation} ${path}?${all.sort().join('&')}`,
      request: `?${part.sort().join('&')}`,
    }
  }

  /** Returns true for a kept answer that shows the list as the operation, and the cursor from which it goes on, have seen it. */
  #isUsable({ generation, answer }: Lookup, { cacheView, keptAnswers = 'any' }: CachedCall, list: string): boolean {
    const state = generation?.state ?? null
    if (state === null || answer === null || answer.expiresAt <= this.#now() || !isAccepted(state, keptAnswers)) {
      return false
    }
    const seen = cacheView.seen(list)
    if (seen === null) return true
    if (seen.state !== state) return false
    // An entry of the same list may have changed since, and its total would not show it.
    return !seen.isFresh || answer.finality !== 'none' || provesUnchanged(state)
  }

  #hit({ generation }: Lookup, answer: KeptAnswer, call: CachedCall, list: string): ReadAnswer {
    const { cacheView, meter, signal, trace, operation, query } = call
    signal?.throwIfAborted()
    this.#counts.hits += 1
    meter?.hit(this.#provider)
    meter?.rows(this.#provider, answer.rows)
    trace?.cacheHit({ provider: this.#provider, operation, parameters: query }, answer.rows)
    cacheView.see(list, generation?.state ?? null, false)
    cacheView.use(answer.expiresAt)
    const isRecent = this.#now() < answer.requestedAt + this.#settings.openTtlMs
    const kept = answer.finality === 'rows' && !isRecent ? 'rows' : 'all'
    return { json: answer.json, headers: answer.headers, kept }
  }

  /** Returns the answer as it is kept; null for one that is not. */
  #keptAnswer(
    { json, headers, rows, size }: CacheableAnswer,
    { isSound, isFinal, isWhole }: Evidence,
    policy: CachePolicy,
    { isClosed, requestedAt }: { readonly isClosed: boolean; readonly requestedAt: number },
  ): KeptAnswer | null {
    const { closedTtlMs, openTtlMs } = this.#settings
    const isClosedAndFinal = isClosed && isFinal
    const ttlMs = isClosedAndFinal ? Math.max(closedTtlMs, openTtlMs) : openTtlMs
    if (!isSound || ttlMs === 0) return null
    const finality = isClosedAndFinal ? (isWhole ? 'list' : 'rows') : 'none'
    const needed = policy.headers.flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [[name, value] as const]
    })
    const expiresAt = requestedAt + ttlMs
    return { json, headers: Object.fromEntries(needed), rows, size, finality, requestedAt, expiresAt }
  }

  #begin(key: string, before: string | null): PendingCalls {
    const pending = this.#pending.get(key) ?? { before, requestedAt: this.#now(), calls: 0 }
    pending.calls += 1
    this.#pending.set(key, pending)
    return pending
  }

  #end(key: string, pending: PendingCalls): void {
    pending.calls -= 1
    if (pending.calls === 0) this.#pending.delete(key)
  }
}

function isAccepted(state: string, accepted: KeptAnswers): boolean {
  if (accepted === 'any') return true
  return accepted !== 'none' && listStateText(accepted) === state
}

/** Returns what an answer shows; null also for one that cannot be read, which its reader reports. */
function evidenceOf(answer: CacheableAnswer, policy: CachePolicy): Evidence | null {
  try {
    return policy.inspect(answer)
  } catch {
    return null
  }
}
