import type { ScanDirection } from '../ledger/position.ts'
import type { Instant } from '../values/instant.ts'
import type { Cut, CutStart } from './cut.ts'
import type { Outlook } from './merge-input.ts'

/** Where a walk begins in one source. */
export interface SourceStart extends CutStart {
  /** The instant up to which the merge had been read when the source was; entries added since lie ahead of the walk. */
  readonly watermark: Instant | null
  /** The place in the merge up to which the source was read; null where it was not. */
  readonly cut: Cut | null
  /** The instant at which the list was narrowed whose offsets the position counts; null for the whole list. */
  readonly window: Instant | null
}

/** How far a walk has come in one source, and what it saw there. */
export interface SourceState {
  readonly start: SourceStart
  /** The rows ahead; null where they are not known. */
  readonly ahead: Outlook | null
  /** The rows behind; null where they are not known. */
  readonly behind: Outlook | null
}

/** How far a walk over many sources has come with a page. */
export interface WalkState {
  readonly direction: ScanDirection
  /** By the sources' digests. */
  readonly sources: ReadonlyMap<string, SourceState>
  /** The step with which the page took its last row from a source, counted from 1, for the sources that it took rows from. */
  readonly lastSteps: ReadonlyMap<string, number>
  /** The step with which the page took its last row that had been added in front of others that it took before; 0 without. */
  readonly lateStep: number
  /** True when every source showed its rows in the order of time. */
  readonly isSorted: boolean
}

/** The most sources of all pages that are kept. */
const MAX_SOURCES = 200_000

/**
 * Remembers how far walks over many sources have come, so that following pages read only what can contribute. Losing it
 * costs requests, never rows.
 */
export class WalkMemory {
  /** Least recently used first. */
  readonly #states = new Map<string, WalkState>()
  readonly #maxSources: number
  #sources = 0

  constructor(maxSources = MAX_SOURCES) {
    this.#maxSources = maxSources
  }

  /** Returns what is known after a page; null where it is not kept. */
  get(page: string): WalkState | null {
    const state = this.#states.get(page)
    if (state === undefined) return null
    this.#states.delete(page)
    this.#states.set(page, state)
    return state
  }

  set(page: string, state: WalkState): void {
    this.#remove(page)
    this.#states.set(page, state)
    this.#sources += state.sources.size
    for (const oldest of this.#states.keys()) {
      if (this.#sources <= this.#maxSources || oldest === page) break
      this.#remove(oldest)
    }
  }

  #remove(page: string): void {
    this.#sources -= this.#states.get(page)?.sources.size ?? 0
    this.#states.delete(page)
  }
}
