import fc from 'fast-check'
import { type Connection, createConnection, type ListOrder } from '../../src/connection/connection.ts'
import type { FailurePolicy, Source, SourceGroup } from '../../src/connection/sources.ts'
import { WalkMemory } from '../../src/connection/walk-memory.ts'
import type { Accepts } from '../../src/ledger/ledger.ts'
import type { ScanDirection } from '../../src/ledger/position.ts'
import { cursorsFor } from './model-connection.ts'
import { keyset, type ModelEntry, ModelLedger, type ModelTraits, pages, printedPages, ranges } from './model-ledger.ts'
import { RUNS } from './runs.ts'

/** Periods of the accounts' lists begin at multiples of it, as days do. */
const DAY = 7

/** One account of a provider that offers its ledger by account only. */
export class ModelAccount {
  readonly key: string
  readonly ledger: ModelLedger
  isFailing = false
  requests = 0

  constructor(key: string, traits: ModelTraits, entries: readonly ModelEntry[]) {
    this.key = key
    this.ledger = new ModelLedger(traits, entries)
    this.ledger.beforeAnswer = () => this.#answer()
  }

  #answer(): void {
    this.requests += 1
    if (this.isFailing) throw new Error(`${this.key} does not answer.`)
  }

  open(isNarrowing: boolean, accepts: Accepts<ModelEntry> | null): Source<ModelEntry> {
    const ledger = this.ledger.open()
    const source = { key: this.key, ledger, accounts: null, accepts, isDefensiveFilter: false }
    const count = () => ledger.count()
    if (!isNarrowing) return { ...source, count }
    return { ...source, count, narrowed: (direction, instant) => this.#narrowed(direction, Number(instant)).open() }
  }

  #narrowed(direction: ScanDirection, at: number): ModelLedger {
    const day = Math.floor(at / DAY)
    const isInside = (entry: ModelEntry) =>
      direction === 'older' ? Math.floor(entry.at / DAY) <= day : Math.floor(entry.at / DAY) >= day
    const narrowed = new ModelLedger(this.ledger.traits, [])
    // The same order among entries of one instant.
    narrowed.entries.push(...this.ledger.entries.filter(isInside))
    narrowed.beforeAnswer = () => this.#answer()
    return narrowed
  }
}

/** A provider of many accounts, and what it costs to read it. */
export class ModelAccounts {
  readonly accounts: ModelAccount[]
  readonly isNarrowing: boolean
  isClosed = false
  memory = new WalkMemory()
  /** The residual predicate of every account's list. */
  accepts: Accepts<ModelEntry> | null = null
  scanLimit = 10_000

  constructor(accounts: readonly ModelAccount[], isNarrowing: boolean) {
    this.accounts = [...accounts]
    this.isNarrowing = isNarrowing
  }

  get requests(): number {
    return this.accounts.reduce((sum, { requests }) => sum + requests, 0)
  }

  group(): SourceGroup<ModelEntry> {
    return {
      provider: 'MANY',
      open: async () => {
        if (this.isClosed) throw new Error('MANY cannot be opened.')
        return this.accounts.map((account) => account.open(this.isNarrowing, this.accepts))
      },
    }
  }

  connect(
    order: ListOrder,
    args: { first?: number; after?: string | null; last?: number; before?: string | null },
    onFailure: FailurePolicy = 'FAIL',
  ): Connection<ModelEntry> {
    return createConnection({
      listKey: `many/${order}`,
      groups: [this.group()],
      order,
      args,
      onFailure,
      scanLimit: this.scanLimit,
      cursors: cursorsFor(false),
      memory: this.memory,
      mayRead: () => true,
    })
  }
}

export type WideChange = 'grow' | 'backdate' | 'delete' | 'fail' | 'close' | 'restart' | 'add-account'

/** A walk over many accounts from end to end, and what happens between its pages. */
export interface WideScenario {
  readonly traits: ModelTraits
  /** Instants of the entries, by account. */
  readonly accounts: readonly (readonly number[])[]
  readonly isNarrowing: boolean
  readonly order: ListOrder
  readonly walk: 'forward' | 'backward'
  readonly sizes: readonly number[]
  readonly onFailure: FailurePolicy
  readonly changes: readonly WideChange[]
  readonly seed: readonly number[]
}

export function wideScenarioArbitrary(
  changes: readonly WideChange[],
  onFailure: FailurePolicy,
  maxAccounts: number,
): fc.Arbitrary<WideScenario> {
  const instants = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 8 })
  return fc.record<WideScenario>({
    traits: fc.constantFrom(pages, printedPages, ranges, keyset, { ...printedPages, max: 20 }),
    accounts: fc.array(instants, {
      minLength: changes.includes('add-account') ? 17 : 3,
      maxLength: maxAccounts,
      size: 'max',
    }),
    isNarrowing: fc.boolean(),
    order: fc.constantFrom<ListOrder>('NEWEST_FIRST', 'OLDEST_FIRST'),
    walk: fc.constantFrom('forward', 'backward'),
    sizes: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
    onFailure: fc.constant(onFailure),
    changes: fc.array(fc.constantFrom(...changes), { maxLength: 20, size: 'max' }),
    seed: fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
  })
}

/** The accounts of a scenario, and what befell them so far. */
class WideWorld {
  readonly provider: ModelAccounts
  readonly deleted = new Map<string, ModelEntry>()
  readonly #traits: ModelTraits
  readonly #heading: ScanDirection
  readonly #changes: WideChange[]
  readonly #seed: readonly number[]
  /** Back-dated entries that lay ahead of the walk when they came. */
  readonly backdated: ModelEntry[] = []
  /** True once entries may be repeated: several were back-dated, or one was removed, and the walk's memory was lost. */
  mayRepeat = false
  #isForgotten = false
  #hasLostMemory = false
  #made = 0
  #insertions = 0

  constructor({ traits, accounts, isNarrowing, order, walk, changes, seed }: WideScenario) {
    this.provider = new ModelAccounts(
      accounts.map(
        (instants, account) =>
          new ModelAccount(
            `MANY/${account}`,
            traits,
            instants.map((at, entry) => ({ id: `${account}-${entry}`, at })),
          ),
      ),
      isNarrowing,
    )
    this.#traits = traits
    this.#heading = (order === 'NEWEST_FIRST') === (walk === 'forward') ? 'older' : 'newer'
    this.#changes = [...changes]
    this.#seed = seed
  }

  get isAtRest(): boolean {
    return this.#changes.length === 0
  }

  /** A page was read. */
  onPage(isRemembered: boolean): void {
    // Up to two can be told from the rest by their digests.
    this.mayRepeat ||= this.#isForgotten && (this.#insertions > 2 || this.deleted.size > 0)
    // Kept answers show a removal later than it happens: also after a page that is remembered.
    if (RUNS.keptAnswers !== null) this.mayRepeat ||= this.#hasLostMemory && this.deleted.size > 0
    if (isRemembered) this.#isForgotten = false
  }

  /** True when a walk that has come to an instant has not passed another one. */
  isAhead(at: number, reached: number): boolean {
    return this.#heading === 'older' ? at < reached : at > reached
  }

  /** The next change happens; when none is left, all troubles end. */
  change(reached: number | null): void {
    const { accounts } = this.provider
    const kind = this.#changes.shift()
    if (kind === undefined) {
      this.provider.isClosed = false
      for (const account of accounts) account.isFailing = false
      return
    }
    const random = this.#seed[this.#made % this.#seed.length]! + this.#made * 7
    const account = accounts[random % accounts.length]!
    this.#made += 1
    switch (kind) {
      case 'grow':
        account.ledger.insert({ id: `new-${this.#made}`, at: 100 + this.#made })
        break
      case 'backdate': {
        const entry = { id: `late-${this.#made}`, at: random % 61 }
        account.ledger.insert(entry, random % 2 === 0 ? 'newest' : 'oldest')
        this.#insertions += 1
        // A kept answer shows the list as it was before.
        const isPromised = RUNS.keptAnswers === null && (reached === null || this.isAhead(entry.at, reached))
        if (isPromised) this.backdated.push(entry)
        break
      }
      case 'delete': {
        const victim = account.ledger.entries[random % Math.max(1, account.ledger.entries.length)]
        if (!victim) break
        account.ledger.remove(victim.id)
        this.deleted.set(victim.id, victim)
        break
      }
      case 'fail':
        account.isFailing = !account.isFailing
        break
      case 'close':
        this.provider.isClosed = !this.provider.isClosed
        break
      case 'restart':
        this.provider.memory = new WalkMemory()
        this.#isForgotten = true
        this.#hasLostMemory = true
        break
      case 'add-account': {
        const key = `MANY/new-${this.#made}`
        accounts.push(new ModelAccount(key, this.#traits, []))
      }
    }
  }
}

/** Reads pages from a cursor on as another caller does, so that their answers may be kept when the walk comes to them. */
async function readAsOther({ provider }: WideWorld, { order, walk, sizes }: WideScenario, start: string | null) {
  let cursor = start
  for (const size of sizes) {
    const args = walk === 'forward' ? { first: size, after: cursor } : { last: size, before: cursor }
    const page = await provider
      .connect(order, args)
      .page()
      .catch(() => null)
    cursor = (walk === 'forward' ? page?.endCursor() : page?.startCursor()) ?? null
    if (cursor === null) return
  }
}

/** Walks through a scenario as a client does. Throws where a promise is broken. */
export async function runWideScenario(scenario: WideScenario): Promise<void> {
  const { order, walk, sizes, onFailure } = scenario
  const world = new WideWorld(scenario)
  const initial = world.provider.accounts.flatMap(({ ledger }) => [...ledger.entries])
  const isForward = walk === 'forward'
  const seen = new Map<string, { entry: ModelEntry; times: number }>()
  const times = (id: string) => seen.get(id)?.times ?? 0
  let cursor: string | null = null
  let reached: number | null = null
  for (let page = 0; ; page++) {
    if (page > 2_000) throw new Error('The walk does not end.')
    if (RUNS.keptAnswers !== null && scenario.seed[page % scenario.seed.length]! % 3 === 0) {
      await readAsOther(world, scenario, cursor)
    }
    const size = sizes[page % sizes.length]!
    const args = isForward ? { first: size, after: cursor } : { last: size, before: cursor }
    const connection = world.provider.connect(order, args, onFailure)
    const read = await connection.page().catch((error: Error) => {
      if (world.isAtRest && !/does not answer|cannot be opened/.test(error.message)) throw error
      if (!/does not answer|cannot be opened/.test(error.message)) throw error
      return null
    })
    if (read !== null) {
      const entries = read.edges.map(({ node }) => node as ModelEntry)
      for (const entry of entries) {
        seen.set(entry.id, { entry, times: times(entry.id) + 1 })
        if (reached === null || world.isAhead(entry.at, reached)) reached = entry.at
      }
      const hasMore = await (isForward ? read.hasNextPage() : read.hasPreviousPage()).catch(() => true)
      const next: string | null = isForward ? read.endCursor() : read.startCursor()
      const failures = await Promise.all(connection.sources.map((source) => source.failures()))
      // A page without a cursor, or without all of the accounts, is not.
      world.onPage(next !== null && failures.every((kinds) => kinds.length === 0))
      if (!hasMore && world.isAtRest) break
      if (!hasMore) cursor = next ?? cursor
      else if (next !== null) cursor = next
      if (next !== null && next.length > 2_048) throw new Error(`A cursor of ${next.length} characters.`)
    }
    world.change(reached)
  }
  const lost = [...initial, ...world.backdated].filter(({ id }) => times(id) === 0 && !world.deleted.has(id))
  if (lost.length > 0) throw new Error(`Lost: ${lost.map(({ id, at }) => `${id}@${at}`).join(' ')}`)
  // Where the entry of a cursor is deleted, those of its instant may be repeated.
  const moved = new Set([...world.deleted.values()].map(({ at }) => at))
  const repeated = [...seen.values()].filter(({ times: count, entry }) => count > 1 && !moved.has(entry.at))
  if (!world.mayRepeat && repeated.length > 0)
    throw new Error(`Repeated: ${repeated.map(({ entry, times: count }) => `${entry.id}@${entry.at} ${count}`)}`)
}
