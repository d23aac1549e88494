import fc from 'fast-check'
import { AdaptiveLimit } from '../../src/ledger/adaptive-limit.ts'
import { createKeysetLedger, type KeysetPage, type KeysetRequest } from '../../src/ledger/keyset.ts'
import type { Ledger, Row } from '../../src/ledger/ledger.ts'
import { createOffsetLimitReader } from '../../src/ledger/offset-limit.ts'
import { createPageNumberReader } from '../../src/ledger/page-number.ts'
import { assessPageSize, type PageRequest, type PageSizes } from '../../src/ledger/page-size.ts'
import type { ListEnd } from '../../src/ledger/position.ts'
import { createRangeLedger } from '../../src/ledger/range-ledger.ts'
import type { RangeReader, RowRange } from '../../src/ledger/row-range.ts'
import type { KeptAnswers } from '../../src/operation.ts'
import { type KeptModel, keepModel, type ModelAnswer, type ModelRequest } from './kept-models.ts'

/** An entry of a model ledger: its id and its instant. */
export interface ModelEntry {
  readonly id: string
  readonly at: number
}

/** Behaviour of a model ledger towards its readers. */
export interface ModelTraits {
  readonly style: 'page-number' | 'offset-limit' | 'keyset'
  /** The total in answers: exact, too high, or absent. */
  readonly total: 'exact' | 'upper-bound' | 'absent'
  /** True when answers carry a fingerprint of the whole list. */
  readonly fingerprint: boolean
  /** The largest page that the ledger answers, whatever is asked. */
  readonly max: number
  /** A page size that is answered whatever is asked; only for numbered pages. */
  readonly fixed: number | null
  /** True when answers state the page size or the limit that was used. */
  readonly statesSize: boolean
  /** The rows that have a timestamp. */
  readonly dated: 'all' | 'some' | 'none'
  /** The ends that offsets can be counted from; pages are numbered from the newest one. */
  readonly ends: readonly ListEnd[]
}

/** Numbered pages with a total. */
export const pages: ModelTraits = {
  style: 'page-number',
  total: 'exact',
  fingerprint: false,
  max: 100,
  fixed: null,
  statesSize: true,
  dated: 'all',
  ends: ['newest'],
}
/** Numbered pages that also carry a fingerprint. */
export const printedPages: ModelTraits = { ...pages, fingerprint: true }
/** Offset and limit with a total. */
export const ranges: ModelTraits = { ...pages, style: 'offset-limit', max: 1000, ends: ['newest', 'oldest'] }
/** Offset and limit with a total that may be too high. */
export const boundedRanges: ModelTraits = { ...ranges, total: 'upper-bound' }
/** Offset and limit without a total. */
export const untoldRanges: ModelTraits = { ...ranges, total: 'absent' }
/** Pages that continue behind a row's key, without offsets and totals. */
export const keyset: ModelTraits = { ...pages, style: 'keyset', total: 'absent' }

const dated = fc.constantFrom('all' as const, 'all' as const, 'some' as const, 'none' as const)

/** Rows without a timestamp are only plausible on pages that also have some with one. */
const isPlausible = ({ dated, max, fixed }: ModelTraits) => dated !== 'some' || Math.min(max, fixed ?? max) >= 20

/** Every way in which a ledger may behave. */
export const traitsArbitrary: fc.Arbitrary<ModelTraits> = fc
  .oneof(
    fc.record({
      style: fc.constant('page-number' as const),
      total: fc.constant('exact' as const),
      fingerprint: fc.boolean(),
      max: fc.constantFrom(100, 100, 20, 7, 2),
      fixed: fc.constantFrom(null, null, null, 2, 5, 20),
      statesSize: fc.constantFrom(true, true, false),
      dated,
      ends: fc.constant<readonly ListEnd[]>(['newest']),
    }),
    fc.record({
      style: fc.constant('offset-limit' as const),
      total: fc.constantFrom('exact' as const, 'upper-bound' as const, 'absent' as const),
      fingerprint: fc.constant(false),
      max: fc.constantFrom(1000, 100, 20, 7, 2),
      fixed: fc.constant(null),
      statesSize: fc.constant(true),
      dated,
      ends: fc.constantFrom<(readonly ListEnd[])[]>(['newest', 'oldest'], ['newest', 'oldest'], ['newest']),
    }),
    fc.record({
      style: fc.constant('keyset' as const),
      total: fc.constant('absent' as const),
      fingerprint: fc.constant(false),
      max: fc.constantFrom(100, 100, 20, 7, 2),
      fixed: fc.constant(null),
      statesSize: fc.constant(true),
      // A deleted key is replaced by its instant.
      dated: fc.constant('all' as const),
      ends: fc.constant<readonly ListEnd[]>(['newest']),
    }),
  )
  .filter(isPlausible)

/** A number that is always the same for an id, and looks like any other. */
export function hashOf(id: string): number {
  let sum = 17
  for (const char of id) sum = (Math.imul(sum, 31) + char.charCodeAt(0)) >>> 0
  return sum
}

/** A list in memory, newest first, that changes when a test says so, and that counts how it is read. */
export class ModelLedger {
  readonly traits: ModelTraits
  /** Newest first. */
  readonly entries: ModelEntry[]
  requests = 0
  rowsRead = 0
  /** Called in front of every answer; the answer fails when it throws. */
  beforeAnswer: (() => void) | null = null
  readonly #sizes = new AdaptiveLimit<PageSizes>({ max: 100, only: null })
  readonly #maxLimit = new AdaptiveLimit(120)
  readonly #kept: KeptModel | null

  constructor(traits: ModelTraits, entries: readonly ModelEntry[]) {
    this.traits = traits
    this.entries = [...entries].sort((a, b) => b.at - a.at)
    this.#kept = keepModel(entries.length)
  }

  /** Puts an entry where its instant belongs; among equal instants as the newest, or as the oldest. */
  insert(entry: ModelEntry, amongEqual: 'newest' | 'oldest' = 'newest'): void {
    const index = this.entries.findIndex(({ at }) => (amongEqual === 'newest' ? at <= entry.at : at < entry.at))
    this.entries.splice(index === -1 ? this.entries.length : index, 0, entry)
  }

  remove(id: string): void {
    const index = this.entries.findIndex((entry) => entry.id === id)
    if (index !== -1) this.entries.splice(index, 1)
  }

  #rowOf(entry: ModelEntry): Row<ModelEntry> {
    const { dated } = this.traits
    const isDated = dated === 'all' || (dated === 'some' && hashOf(entry.id) % 3 !== 0)
    return { id: entry.id, instant: isDated ? BigInt(entry.at) : null, value: entry }
  }

  #answer(end: ListEnd, offset: number, limit: number): readonly ModelEntry[] {
    const ordered = end === 'newest' ? this.entries : [...this.entries].reverse()
    const entries = ordered.slice(offset, offset + limit)
    this.rowsRead += entries.length
    return entries
  }

  #arrive(): void {
    this.requests += 1
    this.beforeAnswer?.()
  }

  /** The list for one operation. */
  open(): Ledger<ModelEntry> {
    if (this.traits.style !== 'keyset') return createRangeLedger(this.reader())
    return createKeysetLedger<ModelEntry>({
      maxRows: this.traits.max,
      keyOf: ({ id }) => id,
      fetchPage: async (request) => {
        this.#arrive()
        return this.#pageAt(request)
      },
    })
  }

  /** A page of a keyset list. Instants are filtered in steps of 7, so that pages begin too early. */
  #pageAt({ direction, from, limit }: KeysetRequest): KeysetPage<ModelEntry> | null {
    const isOlder = direction === 'older'
    const ordered = isOlder ? this.entries : [...this.entries].reverse()
    let start = 0
    if (from !== null && 'key' in from) {
      start = ordered.findIndex(({ id }) => id === from.key) + 1
      if (start === 0) return null
    } else if (from !== null) {
      const at = Number(from.instant)
      const bound = isOlder ? Math.ceil(at / 7) * 7 : Math.floor(at / 7) * 7
      start = ordered.findIndex((entry) => (isOlder ? entry.at <= bound : entry.at >= bound))
      if (start === -1) start = ordered.length
    }
    const entries = ordered.slice(start, start + limit)
    this.rowsRead += entries.length
    return { rows: entries.map((entry) => this.#rowOf(entry)), hasMore: start + limit < ordered.length }
  }

  reader(): RangeReader<ModelEntry> {
    const { style, total } = this.traits
    const read = this.#reads()
    if (style === 'page-number') {
      return createPageNumberReader<ModelEntry>({
        sizes: this.#sizes,
        invalid: (expected) => new Error(expected),
        fetchPage: async (request, kept) => {
          const answer = await read({ ...request }, kept, () => this.#page(request))
          return { ...answer, rows: answer.entries.map((entry) => this.#rowOf(entry)) }
        },
      })
    }
    return createOffsetLimitReader<ModelEntry>({
      maxLimit: this.#maxLimit,
      ends: this.traits.ends,
      totalIsExact: total === 'exact',
      fetchRows: async (range, kept) => {
        const answer = await read({ ...range }, kept, () => this.#range(range))
        return { ...answer, rows: answer.entries.map((entry) => this.#rowOf(entry)) }
      },
    })
  }

  /** Returns the function by which one operation reads, and which may return kept answers. */
  #reads() {
    const view = this.#kept?.createView()
    return <Answer extends ModelAnswer<ModelEntry>>(request: ModelRequest, kept: KeptAnswers, send: () => Answer) => {
      const arrive = () => {
        this.#arrive()
        return send()
      }
      return view === undefined || this.#kept === null
        ? Promise.resolve({ ...arrive(), kept: undefined })
        : this.#kept.read(request, { view, kept }, arrive)
    }
  }

  #page({ page, perPage: asked }: PageRequest) {
    const { fixed, max, statesSize, fingerprint } = this.traits
    const used = fixed ?? Math.min(asked, max)
    const entries = this.#answer('newest', (page - 1) * used, used)
    const total = this.entries.length
    const perPage = statesSize ? used : null
    const { kind } = assessPageSize({ page, perPage: asked }, { rows: entries.length, total, perPage })
    const isSound = kind === 'as-requested' || kind === 'whole-list'
    return { entries, total, perPage, fingerprint: fingerprint ? this.#fingerprint() : null, isSound }
  }

  #range({ end, offset, limit: asked }: RowRange) {
    const { total: knows, max, statesSize } = this.traits
    const used = Math.min(asked, max)
    const entries = this.#answer(end, offset, used)
    const count = this.entries.length
    const total = knows === 'absent' ? null : knows === 'exact' ? count : count + 7
    const limit = total === null || !statesSize ? null : used
    const left = Math.max(0, (total ?? 0) - offset)
    const isSound = entries.length === left || (entries.length < left && entries.length === used)
    return { entries, total, limit, fingerprint: null, isSound }
  }

  #fingerprint(): string {
    return hashOf(this.entries.map(({ id }) => id).join())
      .toString(16)
      .padStart(8, '0')
  }
}
