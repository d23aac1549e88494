import type { Random } from './random.ts'
import type { Sandbox, UpstreamServer } from './server.ts'
import type { Dated, Tally, Timeline } from './timeline.ts'

/** The first entry of an empty ledger is made a second after this instant, unless it is given another one. */
const START_MS = Date.UTC(2026, 0, 1)

/** The state that a sandbox shares with the endpoints of its servers. */
export interface LedgerSandboxParts<T extends Dated, S extends Tally<T>> {
  readonly ledger: Timeline<T, S>
  readonly servers: Sandbox['servers']
  /** Makes up ids and all that is left out of an entry. */
  readonly random: Random
}

/** The parts of a sandbox that are the same for every provider: its ledger, and how tests change it. */
export abstract class LedgerSandbox<T extends Dated, S extends Tally<T>> implements Sandbox {
  abstract readonly environment: Record<string, string>
  readonly servers: readonly [api: UpstreamServer, ...others: UpstreamServer[]]
  protected readonly random: Random
  readonly #ledger: Timeline<T, S>
  /** Makes up the entries that are loaded with the first read; null when there are none, or no more. */
  #pending: (() => Iterable<T>) | null = null

  constructor({ ledger, servers, random }: LedgerSandboxParts<T, S>) {
    this.#ledger = ledger
    this.servers = servers
    this.random = random
  }

  abstract grow(now: number): void

  protected get ledger(): Timeline<T, S> {
    this.loadPending()
    return this.#ledger
  }

  /** Loads entries with the first read, because to make up a history takes longer than the rest of a start. */
  protected loadLater(makeEntries: () => Iterable<T>): void {
    this.#pending = makeEntries
  }

  /** Loads the entries of `loadLater`. The servers call it before each answer. */
  loadPending(): void {
    const makeEntries = this.#pending
    this.#pending = null
    if (makeEntries !== null) this.#ledger.load(makeEntries())
  }

  /**
   * Makes up the fields of an entry that are left out.
   *
   * @param createdAt epoch milliseconds, for an entry without `created_at`
   * @throws {RangeError | SyntaxError} when the entry could not be sent
   */
  protected abstract complete(given: Partial<T>, createdAt: number): T

  /** @throws {RangeError | SyntaxError} when an entry with this change could not be sent */
  protected abstract checkChange(change: Partial<Omit<T, 'id'>>): void

  /** All entries, newest first; a new array after each change. */
  get entries(): readonly T[] {
    return this.ledger.newestFirst()
  }

  entryIds(): readonly string[] {
    return this.entries.map(({ id }) => id)
  }

  /**
   * Adds an entry where its `created_at` belongs, on the newer side of entries of the same instant. What is left out is
   * made up; `created_at` is then a second after the newest entry.
   */
  add(entry: Partial<T> = {}): T {
    const added = this.#completeAfter(this.ledger.newest(), entry)
    this.ledger.add(added)
    return added
  }

  addEntry(createdAt: string): string {
    return this.add({ created_at: createdAt } as Partial<T>).id
  }

  /** Adds many entries at once. Where `created_at` is left out, it is a second after the one before in `entries`. */
  load(entries: Iterable<Partial<T>>): void {
    const loaded: T[] = []
    for (const entry of entries) loaded.push(this.#completeAfter(loaded.at(-1) ?? this.ledger.newest(), entry))
    this.ledger.load(loaded)
  }

  /** @throws {RangeError} when there is no such entry */
  remove(id: string): void {
    this.ledger.remove(id)
  }

  /** @throws {RangeError} when there is no such entry */
  update(id: string, change: Partial<Omit<T, 'id'>>): T {
    this.checkChange(change)
    return this.ledger.update(id, change)
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()))
  }

  /** Returns an id that no entry has. */
  protected newId(): string {
    let id = this.random.uuid()
    while (this.ledger.get(id)) id = this.random.uuid()
    return id
  }

  #completeAfter(before: T | null, entry: Partial<T>): T {
    const beforeMs = before === null ? START_MS : Date.parse(before.created_at)
    return this.complete(entry, beforeMs + 1000)
  }
}
