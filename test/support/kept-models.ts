import { afterAll, expect } from 'vitest'
import { AnswerCache, type ProviderCache } from '../../src/cache/answer-cache.ts'
import { MemoryStore } from '../../src/cache/memory-store.ts'
import type { CachePolicy } from '../../src/cache/policy.ts'
import { type CacheView, type KeptAnswers, type KeptPart, listStateText } from '../../src/operation.ts'
import { RUNS } from './runs.ts'

/** An answer of a model ledger, before its rows are made. */
export interface ModelAnswer<Entry> {
  readonly entries: readonly Entry[]
  readonly total: number | null
  readonly fingerprint: string | null
  /** True when the answer has as many rows as its total demands. */
  readonly isSound: boolean
}

/** A request for a part of a model ledger. */
export type ModelRequest = Readonly<Record<string, string | number>>

/** Milliseconds by which the clock of a model ledger goes on with each read. */
const TICK_MS = 1_000
const TTLS = [Number.MAX_SAFE_INTEGER / 4, 25 * TICK_MS]
const SIZES = [64 * 2 ** 20, 6_000]

/** Reads answered by kept answers, over all model ledgers of the file. */
let hits = 0

/**
 * The kept answers of one model ledger. Some ledgers lose answers because their memory is small, and some because the time of
 * their answers is over.
 */
export class KeptModel {
  readonly #cache: AnswerCache
  readonly #answers: ProviderCache
  readonly #isClosed: boolean
  #now = 0

  /** @param variant chooses the size of the memory, and the time for which answers are kept */
  constructor(keeps: 'closed' | 'open', variant: number) {
    const now = () => this.#now
    const ttlMs = TTLS[variant % 2]!
    const store = new MemoryStore({ maxBytes: SIZES[Math.floor(variant / 2) % 2]!, now })
    const settings = { closedMarginMs: 0, closedTtlMs: ttlMs, openTtlMs: keeps === 'open' ? ttlMs : 0 }
    this.#cache = new AnswerCache({ store, settings, now })
    this.#answers = this.#cache.forProvider('MODEL', [])
    this.#isClosed = keeps === 'closed'
  }

  /** Creates the view of one operation. */
  createView(): CacheView {
    return this.#cache.createView()
  }

  /** Reads a part of the ledger, or returns the kept answer. */
  async read<Answer extends ModelAnswer<unknown>>(
    request: ModelRequest,
    { view: cacheView, kept: keptAnswers }: { readonly view: CacheView; readonly kept: KeptAnswers },
    send: () => Answer,
  ): Promise<Answer & { readonly kept?: KeptPart | undefined }> {
    this.#now += TICK_MS
    const policy: CachePolicy = {
      paging: Object.keys(request),
      headers: [],
      periodEnd: this.#isClosed ? 0 : null,
      inspect({ json }) {
        const { entries, total, fingerprint, isSound } = json as Answer
        const state = listStateText({ total, fingerprint })
        return state === null ? null : { state, isSound, isFinal: true, isWhole: entries.length === total }
      },
    }
    const call = { operation: 'list', path: '/', query: request, cacheView, keptAnswers }
    const { json, kept } = await this.#answers.read(call, policy, async () => {
      const answer = send()
      return { json: answer, headers: {}, rows: answer.entries.length, size: 40 * answer.entries.length }
    })
    if (kept !== undefined) hits += 1
    return { ...(json as Answer), kept }
  }
}

/** Returns the kept answers of a new model ledger; null while nothing is kept. */
export const keepModel = (variant: number): KeptModel | null =>
  RUNS.keptAnswers === null ? null : new KeptModel(RUNS.keptAnswers, variant)

if (RUNS.keptAnswers !== null) {
  afterAll(() => {
    expect(hits, 'reads that kept answers have answered').toBeGreaterThan(0)
  })
}
