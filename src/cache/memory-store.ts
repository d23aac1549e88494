import type { AnswerStore, Generation, KeptAnswer, Lookup, Observation, StoreStatistics } from './store.ts'

/**
 * Bytes of memory for each character of an answer's JSON text, when it is parsed: rows of both providers take 1.2 to 1.4, and
 * text beyond Latin-1 twice as much.
 */
const BYTES_PER_CHARACTER = 3
/** Bytes for an answer beside its JSON, and for a generation. */
const ENTRY_BYTES = 1024
/** Time for which a generation without answers is remembered: longer than requests are in flight. */
const EMPTY_GENERATION_MS = 10 * 60_000

/** The name of the generation itself among its requests: it keeps a generation without answers. */
const NO_REQUEST = ''

/** A generation with the requests of its answers. */
interface KeptGeneration extends Generation {
  readonly list: string
  readonly entries: Map<string, Entry>
}

/** One answer of a generation, or the generation alone. */
interface Entry {
  readonly generation: KeptGeneration
  readonly request: string
  readonly answer: KeptAnswer | null
  readonly bytes: number
  readonly expiresAt: number
}

const bytesOf = (list: string, request: string, answer: KeptAnswer | null) =>
  ENTRY_BYTES + 2 * (list.length + request.length) + (answer === null ? 0 : answer.size * BYTES_PER_CHARACTER)

export interface MemoryStoreOptions {
  /** The most memory that the answers may take. */
  readonly maxBytes: number
  /** The clock, in epoch milliseconds. */
  readonly now?: () => number
}

/** Keeps answers in the memory of the process. When they take more than the limit, the least recently used ones go. */
export class MemoryStore implements AnswerStore {
  readonly #maxBytes: number
  readonly #now: () => number
  readonly #generations = new Map<string, KeptGeneration>()
  /** The least recently used first. */
  readonly #entries = new Set<Entry>()
  #bytes = 0
  #ids = 0

  constructor({ maxBytes, now = Date.now }: MemoryStoreOptions) {
    this.#maxBytes = maxBytes
    this.#now = now
  }

  async get(list: string, request: string): Promise<Lookup> {
    const known = this.#generations.get(list)?.entries
    const entry = known?.get(request) ?? known?.get(NO_REQUEST)
    if (entry !== undefined) this.#use(entry)
    const generation = this.#generations.get(list)
    if (generation === undefined) return { generation: null, answer: null }
    return { generation, answer: generation.entries.get(request)?.answer ?? null }
  }

  async put({ list, request, before, state, answer }: Observation): Promise<void> {
    const present = this.#generations.get(list)
    if (present?.state === state) {
      if (answer !== null) this.#add(present, request, answer)
    } else if (present === undefined) {
      if (before === null && answer !== null) this.#add(this.#begin(list, state), request, answer)
    } else {
      this.#remove(present)
      const isNewer = present.id === before
      const next = this.#begin(list, isNewer ? state : null)
      if (isNewer && answer !== null) this.#add(next, request, answer)
      else this.#add(next, NO_REQUEST, null)
    }
  }

  async drop(list: string): Promise<void> {
    const present = this.#generations.get(list)
    if (present === undefined) return
    this.#remove(present)
    this.#add(this.#begin(list, null), NO_REQUEST, null)
  }

  statistics(): StoreStatistics {
    return { entries: this.#entries.size, bytes: this.#bytes }
  }

  async close(): Promise<void> {
    this.#generations.clear()
    this.#entries.clear()
    this.#bytes = 0
  }

  #begin(list: string, state: string | null): KeptGeneration {
    this.#ids += 1
    const generation = { id: String(this.#ids), state, list, entries: new Map<string, Entry>() }
    this.#generations.set(list, generation)
    return generation
  }

  #add(generation: KeptGeneration, request: string, answer: KeptAnswer | null): void {
    const { list, entries } = generation
    const bytes = bytesOf(list, request, answer)
    const expiresAt = answer?.expiresAt ?? this.#now() + EMPTY_GENERATION_MS
    const entry: Entry = { generation, request, answer, bytes, expiresAt }
    const replaced = entries.get(request)
    entries.set(request, entry)
    if (replaced !== undefined) this.#forget(replaced)
    this.#entries.add(entry)
    this.#bytes += bytes
    this.#evict()
  }

  /** Moves an entry to the end of the queue, or removes it when its time is over. */
  #use(entry: Entry): void {
    if (this.#now() >= entry.expiresAt) {
      this.#evictOne(entry)
      return
    }
    this.#entries.delete(entry)
    this.#entries.add(entry)
  }

  #evict(): void {
    for (const entry of this.#entries) {
      if (this.#bytes <= this.#maxBytes) return
      this.#evictOne(entry)
    }
  }

  /** Removes an entry, and its generation with the last one. */
  #evictOne(entry: Entry): void {
    const { generation, request } = entry
    this.#forget(entry)
    generation.entries.delete(request)
    if (generation.entries.size === 0) this.#generations.delete(generation.list)
  }

  #remove(generation: KeptGeneration): void {
    for (const entry of generation.entries.values()) this.#forget(entry)
    this.#generations.delete(generation.list)
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry)
    this.#bytes -= entry.bytes
  }
}
