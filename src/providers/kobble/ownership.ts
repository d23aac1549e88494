import { setTimeout as sleep } from 'node:timers/promises'
import type { Preparation } from '../../ledger/prepared-ledger.ts'
import type { TransactionDirection } from '../../ledger/transaction.ts'
import { type Operation, withKeptAnswers } from '../../operation.ts'
import { abortable } from '../../upstream/abortable.ts'
import { type ByIdLoader, createByIdLoader } from '../loaders.ts'
import type { KobbleApi } from './http.ts'
import { directionBetween, type KobbleTransactionRecord } from './transaction.ts'
import { isUnreadableList, type WalletRegistry } from './wallet-registry.ts'

type Entry = Pick<KobbleTransactionRecord, 'fromId' | 'toId' | 'instant'>

/** Ignores a list that cannot be understood: the registry knows of it, and the wallets are read one by one. */
function ignoreUnreadable(error: unknown): void {
  if (!isUnreadableList(error)) throw error
}

/**
 * The directions of entries as seen by the client, for one operation: which sides of an entry are wallets of the client.
 * The list of wallets is read when it is not known, and again for an id that a known list lacks and that may be newer. Where
 * Kobble does not send the whole list, the wallets outside it are read one by one.
 */
export class Ownership implements Preparation<Entry> {
  readonly #api: KobbleApi
  readonly #registry: WalletRegistry
  readonly #operation: Operation
  /** Created by the first wallet that is read by itself. */
  #wallets: ByIdLoader<object> | null = null
  /** True for the id of a wallet of the client, false for any other. An id is added once and does not change within an operation. */
  readonly #known = new Map<string, boolean>()
  /** The read of the list that is under way, or the one that failed: an operation does not repeat it. */
  #reading: Promise<void> | null = null

  /** @param api the API that the registry observes */
  constructor(api: KobbleApi, registry: WalletRegistry, operation: Operation) {
    this.#api = api
    this.#registry = registry
    this.#operation = operation
  }

  isPrepared(entry: Entry): boolean {
    return this.#isKnown(entry.fromId, entry) && this.#isKnown(entry.toId, entry)
  }

  /** @throws {UpstreamError} when the wallets cannot be read */
  async prepare(entries: readonly Entry[]): Promise<void> {
    const readsBefore = this.#registry.reads
    for (let open = this.#openIds(entries); open.length > 0; open = this.#openIds(entries)) {
      const list = this.#registry.list()
      if (list !== null && !list.isComplete) await Promise.all(open.map((id) => this.#readWallet(id)))
      else if (list !== null && list.number > readsBefore) for (const id of open) this.#settle(id, false)
      else await this.#readList()
    }
  }

  /**
   * Returns the direction of a prepared entry; null when neither side is a wallet of the client.
   * @throws {TypeError} when the entry is not prepared
   */
  directionOf(entry: Entry): TransactionDirection | null {
    if (!this.isPrepared(entry)) throw new TypeError('The direction of an entry was needed before it was prepared.')
    return this.#knownDirection(entry)
  }

  /** Returns the direction of an entry, at once where its sides are known. */
  direction(entry: Entry): TransactionDirection | null | Promise<TransactionDirection | null> {
    if (this.isPrepared(entry)) return this.#knownDirection(entry)
    return this.prepare([entry]).then(() => this.#knownDirection(entry))
  }

  #knownDirection({ fromId, toId }: Entry): TransactionDirection | null {
    return directionBetween(this.#isOwn(fromId), this.#isOwn(toId))
  }

  #isOwn(id: string | null): boolean {
    return id !== null && this.#known.get(id) === true
  }

  #isKnown(id: string | null, { instant }: Entry): boolean {
    if (id === null || this.#known.has(id)) return true
    const isOwn = this.#registry.isOwn(id, instant)
    if (isOwn !== null) this.#known.set(id, isOwn)
    return isOwn !== null
  }

  /** Returns the ids that are not known, each once. */
  #openIds(entries: readonly Entry[]): readonly string[] {
    const open = new Set<string>()
    for (const entry of entries) {
      for (const id of [entry.fromId, entry.toId]) if (id !== null && !this.#isKnown(id, entry)) open.add(id)
    }
    return [...open]
  }

  #settle(id: string, isOwn: boolean): void {
    this.#known.set(id, isOwn)
    this.#registry.remember(id, isOwn)
  }

  async #readWallet(id: string): Promise<void> {
    const operation = this.#operation
    this.#wallets ??= createByIdLoader<object>((one) => this.#api.getWallet(one, operation), operation.meter)
    this.#settle(id, (await this.#wallets.load(id)) !== null)
  }

  /** Reads the list, or waits until it may be read; once for all entries that wait for it. */
  #readList(): Promise<void> {
    this.#reading ??= this.#requestList()
    return this.#reading
  }

  async #requestList(): Promise<void> {
    // The other entries of the page come first, so that the list is requested after all of them were seen.
    await Promise.resolve()
    const delay = this.#registry.delayMs()
    // Another operation may read the list meanwhile.
    if (delay > 0) await abortable(sleep(delay, undefined, { ref: false }), this.#operation.signal)
    else await this.#api.listWallets(withKeptAnswers(this.#operation, 'none')).catch(ignoreUnreadable)
    this.#reading = null
  }
}
