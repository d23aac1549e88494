import type { Accepts, RowStream, StreamRow } from '../ledger/ledger.ts'
import type { ScanDirection } from '../ledger/position.ts'
import type { Instant } from '../values/instant.ts'
import type { MergeInput, Outlook, Tie } from './merge-input.ts'
import { SkippingStream } from './skipping-stream.ts'
import type { Source, SourceGroup } from './sources.ts'
import type { SourceStart, SourceState } from './walk-memory.ts'

/** A source of a list, and its digest. */
export interface NamedSource<T> {
  readonly group: SourceGroup<T>
  readonly source: Source<T>
  readonly digest: string
}

/** One of many sources of a list. */
export interface WideSource<T> extends NamedSource<T> {
  /** The digest of the provider that the source belongs to. */
  readonly providerDigest: string
}

/** One of many sources of a walk. Its stream is opened when it is first read. */
export class WideInput<T> implements MergeInput<T> {
  readonly named: WideSource<T>
  readonly group: SourceGroup<T>
  readonly source: Source<T>
  readonly provider: string
  readonly digest: string
  readonly providerDigest: string
  readonly accounts: Source<T>['accounts']
  readonly accepts: Accepts<T> | null
  readonly isDefensiveFilter: boolean
  readonly start: SourceStart
  /** What is known where the walk begins; null where nothing is. */
  readonly known: SourceState | null
  /** The instant up to which the merge had been read when the source was read last. */
  watermark: Instant | null
  /** The last row that was taken before the page began, by the same stream. */
  before: StreamRow<T> | null = null
  isBeyondBound: ((row: StreamRow<T>) => boolean) | null = null
  tie: Tie | null = null
  error: Error | null = null
  last: StreamRow<T> | null = null
  isDone = false
  outlook: Outlook | null
  readonly #direction: ScanDirection
  #stream: RowStream<T> | null = null

  /**
   * @param known null where nothing is known beside the start
   */
  constructor(named: WideSource<T>, direction: ScanDirection, start: SourceStart, known: SourceState | null = null) {
    this.named = named
    this.group = named.group
    this.source = named.source
    this.provider = named.group.provider
    this.digest = named.digest
    this.providerDigest = named.providerDigest
    this.accounts = named.source.accounts
    this.accepts = named.source.accepts
    this.isDefensiveFilter = named.source.isDefensiveFilter
    this.start = start
    this.known = known
    this.watermark = start.watermark
    this.outlook = known?.ahead ?? null
    this.#direction = direction
  }

  /** True once it was read, or is about to be. */
  get isOpen(): boolean {
    return this.#stream !== null
  }

  get stream(): RowStream<T> {
    this.#stream ??= this.#open()
    return this.#stream
  }

  /** Goes on from where the stream is, as the first row of another merge. */
  resume(watermark: Instant | null): void {
    this.before = this.last
    this.last = null
    this.isBeyondBound = null
    this.isDone = false
    this.watermark = watermark
  }

  #open(): RowStream<T> {
    const { position, watermark, window, skipped } = this.start
    const { source } = this
    const ledger = window === null ? null : (source.narrowed?.(this.#direction, window) ?? null)
    const stream = (ledger ?? source.ledger).stream(position, this.#direction, watermark)
    return skipped === null ? stream : new SkippingStream(stream, skipped)
  }
}
