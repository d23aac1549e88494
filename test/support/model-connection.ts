import {
  type Connection,
  type ConnectionOptions,
  createConnection,
  type ListOrder,
} from '../../src/connection/connection.ts'
import { createCursorCodec } from '../../src/connection/cursor.ts'
import { deriveCursorKey } from '../../src/connection/cursor-key.ts'
import type { ConnectionPage } from '../../src/connection/page.ts'
import type { Source, SourceGroup } from '../../src/connection/sources.ts'
import { WalkMemory } from '../../src/connection/walk-memory.ts'
import type { Accepts } from '../../src/ledger/ledger.ts'
import { LedgerRefusedError } from '../../src/ledger/ledger.ts'
import { hashOf, type ModelEntry, ModelLedger, type ModelTraits } from './model-ledger.ts'

/** The residual predicate of a model group's entries. */
export interface ModelFilter {
  readonly accepts: Accepts<ModelEntry>
  readonly isDefensiveFilter: boolean
}

/** A provider in memory: its ledger over all customers, and the same entries again by customer. */
export class ModelGroup {
  readonly provider: string
  readonly whole: ModelLedger
  readonly parts: readonly ModelLedger[]
  readonly filter: ModelFilter | null
  /** True while the provider's lists cannot be opened. */
  isClosed = false
  /** True while the ledger over all customers is not offered. */
  isRefused = false
  /** True while every request fails. */
  isFailing = false
  /** Called in front of every answer, before it is decided what the answer is. */
  beforeAnswer: (() => void) | null = null
  #refusals = 0
  #knowsRefusal = false

  constructor(
    provider: string,
    traits: ModelTraits,
    entries: readonly ModelEntry[],
    { parts = 0, filter = null }: { parts?: number; filter?: ModelFilter | null } = {},
  ) {
    this.provider = provider
    this.whole = new ModelLedger(traits, entries)
    this.parts = Array.from(
      { length: parts },
      (_, part) =>
        new ModelLedger(
          traits,
          entries.filter(({ id }) => hashOf(id) % parts === part),
        ),
    )
    this.filter = filter
    for (const ledger of this.ledgers) ledger.beforeAnswer = () => this.#decide(ledger)
  }

  #decide(ledger: ModelLedger): void {
    this.beforeAnswer?.()
    if (this.isFailing) throw new Error(`${this.provider} does not answer.`)
    if (!this.isRefused || ledger !== this.whole) return
    this.#refusals += 1
    this.#knowsRefusal = true
    throw new LedgerRefusedError('Not offered.', { cause: new Error('Forbidden.') })
  }

  get ledgers(): readonly ModelLedger[] {
    return [this.whole, ...this.parts]
  }

  get entries(): readonly ModelEntry[] {
    return this.whole.entries
  }

  #partOf(id: string): ModelLedger | undefined {
    return this.parts[hashOf(id) % this.parts.length]
  }

  insert(entry: ModelEntry, amongEqual?: 'newest' | 'oldest'): void {
    this.whole.insert(entry, amongEqual)
    this.#partOf(entry.id)?.insert(entry, amongEqual)
  }

  remove(id: string): void {
    this.whole.remove(id)
    this.#partOf(id)?.remove(id)
  }

  /** Takes the refusal back, and forgets that there was one. */
  offer(): void {
    this.isRefused = false
    this.#knowsRefusal = false
  }

  /** The lists as one operation sees them: in parts from the first refusal on. */
  open(): SourceGroup<ModelEntry> {
    const { accepts = null, isDefensiveFilter = false } = this.filter ?? {}
    const sourceOf = (key: string, model: ModelLedger): Source<ModelEntry> => {
      const ledger = model.open()
      return {
        key,
        ledger,
        accounts: null,
        accepts,
        isDefensiveFilter,
        count: async () => (accepts ? null : ledger.count()),
      }
    }
    const whole = [sourceOf(this.provider, this.whole)]
    const parts = this.parts.map((part, index) => sourceOf(`${this.provider}/${index}`, part))
    const refusals = this.#refusals
    return {
      provider: this.provider,
      open: async () => {
        if (this.isClosed) throw new Error(`${this.provider} cannot be opened.`)
        return this.#knowsRefusal || this.#refusals > refusals ? parts : whole
      },
    }
  }
}

const key = deriveCursorKey('a secret for cursors over models', new Map())
const cursors = {
  whole: createCursorCodec({ key, omitInexactTotals: false }),
  bound: createCursorCodec({ key, omitInexactTotals: true }),
}

/** The cursors of a caller who is bound to accounts, or who is not. */
export const cursorsFor = (omitsTotals = false) => (omitsTotals ? cursors.bound : cursors.whole)

/** Options of a connection over model groups; all but the order and the arguments have defaults. */
export type ModelConnectionOptions = Pick<ConnectionOptions<ModelEntry>, 'order' | 'args'> &
  Partial<ConnectionOptions<ModelEntry>>

/** A connection over model groups, in an operation of its own. */
export function connectModels(groups: readonly ModelGroup[], options: ModelConnectionOptions): Connection<ModelEntry> {
  return createConnection({
    listKey: `model/${options.order}`,
    groups: groups.map((group) => group.open()),
    onFailure: 'FAIL',
    scanLimit: 10_000,
    cursors: cursorsFor(false),
    memory: new WalkMemory(),
    mayRead: () => true,
    ...options,
  })
}

/** The ids of all wanted entries of groups, in the order of their merge: equal instants go by group. */
export function mergedIds(groups: readonly ModelGroup[], order: ListOrder): readonly string[] {
  const wanted = groups.flatMap(({ entries, filter }) => entries.filter((entry) => filter?.accepts(entry) ?? true))
  const ids = wanted.sort((a, b) => b.at - a.at).map(({ id }) => id)
  return order === 'NEWEST_FIRST' ? ids : ids.reverse()
}

/** The ids on a page. */
export const idsOf = ({ edges }: ConnectionPage<ModelEntry>) => edges.map(({ node }) => (node as ModelEntry).id)
