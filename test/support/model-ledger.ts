import type { End, RangeReader, Row, RowRange } from '../../src/ledger/ledger.ts'
import { createOffsetLimitReader } from '../../src/ledger/offset-limit.ts'
import { createPageNumberReader, type PageSizes } from '../../src/ledger/page-number.ts'

/** An entry of a model ledger: who it is, and when it was made. */
export interface ModelEntry {
  readonly id: string
  readonly at: number
}

/** How a model ledger behaves towards its readers. */
export interface ModelTraits {
  readonly style: 'page-number' | 'offset-limit'
  /** Whether answers tell the total: exactly, as too high a number, or not at all. */
  readonly total: 'exact' | 'upper-bound' | 'absent'
  /** Whether answers carry a fingerprint of the whole list. */
  readonly fingerprint: boolean
  /** The largest page that the ledger answers, whatever is asked. */
  readonly max: number
  /** A page size that is answered whatever is asked; only for numbered pages. */
  readonly fixed: number | null
}

/** A list in memory, newest first, that changes when a test says so, and that counts how it is read. */
export class ModelLedger {
  readonly traits: ModelTraits
  /** Newest first. */
  readonly entries: ModelEntry[]
  requests = 0
  rowsRead = 0
  /** Called in front of every answer. */
  beforeAnswer: (() => void) | null = null
  /** When set, every read fails with it. */
  failure: Error | null = null
  readonly #sizes: PageSizes
  readonly #size = { max: 120 }

  constructor(traits: ModelTraits, entries: readonly ModelEntry[]) {
    this.traits = traits
    this.entries = [...entries].sort((a, b) => b.at - a.at)
    this.#sizes = { max: 100, only: null }
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

  #answer(end: End, offset: number, limit: number): readonly Row<ModelEntry>[] {
    const ordered = end === 'newest' ? this.entries : [...this.entries].reverse()
    const rows = ordered.slice(offset, offset + limit)
    this.rowsRead += rows.length
    if (process.env.TRACE)
      console.log('read', end, offset, limit, rows.map(({ id, at }) => `${id}@${at}`).join(' '), 'of', ordered.length)
    return rows.map((entry) => ({ id: entry.id, instant: BigInt(entry.at), value: entry }))
  }

  #arrive(): void {
    this.requests += 1
    this.beforeAnswer?.()
    if (this.failure) throw this.failure
  }

  reader(): RangeReader<ModelEntry> {
    const { style, total, max, fixed, fingerprint } = this.traits
    if (style === 'page-number') {
      return createPageNumberReader<ModelEntry>({
        sizes: this.#sizes,
        invalid: (expected) => new Error(expected),
        fetchPage: async ({ page, perPage: asked }) => {
          this.#arrive()
          const perPage = fixed ?? Math.min(asked, max)
          return {
            rows: this.#answer('newest', (page - 1) * perPage, perPage),
            total: this.entries.length,
            perPage,
            fingerprint: fingerprint ? this.#fingerprint() : null,
          }
        },
      })
    }
    return createOffsetLimitReader<ModelEntry>({
      size: this.#size,
      ends: ['newest', 'oldest'],
      totalIsExact: total === 'exact',
      fetchRows: async ({ end, offset, limit: asked }: RowRange) => {
        this.#arrive()
        const limit = Math.min(asked, max)
        const count = this.entries.length
        return {
          rows: this.#answer(end, offset, limit),
          total: total === 'absent' ? null : total === 'exact' ? count : count + 7,
          limit: total === 'absent' ? null : limit,
        }
      },
    })
  }

  #fingerprint(): string {
    let sum = 17
    for (const { id } of this.entries) for (const char of id) sum = (Math.imul(sum, 31) + char.charCodeAt(0)) >>> 0
    return sum.toString(16).padStart(8, '0')
  }
}
