import { UpstreamResponseError } from '../../errors.ts'
import type { Instant } from '../../values/instant.ts'
import type { KobbleApi } from './http.ts'
import type { KobbleWalletPage } from './wire.ts'

/** Time for which a list is used, and what was found out about single ids. */
const LIFE_MS = 5 * 60_000
/** Time after which a list that could not be understood is requested again. */
const UNREADABLE_LIFE_MS = 60_000
/** The shortest time between two requests for the list while one is in use. */
const INTERVAL_MS = 2000
/** The most by which the clocks of Kobble and of the gateway may differ. */
const CLOCK_SKEW_MS = 60_000
/** Ids outside the list that are remembered. */
const MAX_REMEMBERED = 10_000
const MILLISECOND_NS = 1_000_000n

/** A request for the list of wallets; equal ones that are in flight at the same time are one read. */
interface ListRead {
  /** Counts the reads of the process. */
  readonly number: number
  readonly requestedAt: number
  /** Calls that wait for the answer. */
  waiting: number
}

/** The ids of the client's wallets. */
export interface WalletList {
  readonly ids: ReadonlySet<string>
  /** False when Kobble may have further wallets: ids outside the list have to be read one by one. */
  readonly isComplete: boolean
  /** The number of the read that brought it. */
  readonly number: number
  /** All wallets that entries of before this instant can name are in a complete list. */
  readonly coversUntil: Instant
  readonly expiresAt: number
}

export interface WalletRegistryOptions {
  /** The clock, in epoch milliseconds. */
  readonly now?: () => number
  /** The shortest time between two requests for the list while one is in use. */
  readonly intervalMs?: number
}

/** Returns true for a list that was answered, though not as documented, for instance because it is too large. */
export const isUnreadableList = (error: unknown) =>
  error instanceof UpstreamResponseError && error.operation === 'listWallets'

/**
 * The ids of the client's wallets, shared by all operations of the process. It is filled by the lists that operations
 * read, and holds nothing of a wallet but its id.
 */
export class WalletRegistry {
  readonly #now: () => number
  readonly #intervalMs: number
  #list: WalletList | null = null
  #reads = 0
  #inFlight: ListRead | null = null
  #requestedAt = Number.NEGATIVE_INFINITY
  /** Ids outside the list, in the order in which they were found out about. */
  readonly #remembered = new Map<string, { readonly isOwn: boolean; readonly expiresAt: number }>()

  constructor({ now = Date.now, intervalMs = INTERVAL_MS }: WalletRegistryOptions = {}) {
    this.#now = now
    this.#intervalMs = intervalMs
  }

  /** The number of the last read of the list that has begun. */
  get reads(): number {
    return this.#reads
  }

  /** Returns the list that is in use; null when it has to be read. */
  list(): WalletList | null {
    return this.#list !== null && this.#now() < this.#list.expiresAt ? this.#list : null
  }

  /**
   * Returns true when an id is the id of a wallet of this client; null when that is not known.
   *
   * @param namedAt the instant of an entry that names the id. Wallets exist before entries name them.
   */
  isOwn(id: string, namedAt: Instant): boolean | null {
    const list = this.list()
    if (list === null) return null
    if (list.ids.has(id)) return true
    const remembered = this.#remembered.get(id)
    if (remembered !== undefined && this.#now() < remembered.expiresAt) return remembered.isOwn
    return list.isComplete && namedAt < list.coversUntil ? false : null
  }

  /** Remembers what was found out about an id outside the list. */
  remember(id: string, isOwn: boolean): void {
    this.#remembered.delete(id)
    this.#remembered.set(id, { isOwn, expiresAt: this.#now() + LIFE_MS })
    if (this.#remembered.size <= MAX_REMEMBERED) return
    for (const oldest of this.#remembered.keys()) {
      this.#remembered.delete(oldest)
      return
    }
  }

  /** Returns the time until the list may be requested again for an id that it lacks; 0 while a request is in flight. */
  delayMs(): number {
    if (this.#inFlight !== null || this.list() === null) return 0
    return Math.max(0, this.#requestedAt + this.#intervalMs - this.#now())
  }

  /** Returns the API with each list of wallets that it brings kept here. */
  observe(api: KobbleApi): KobbleApi {
    return {
      ...api,
      listWallets: async (context) => {
        const read = this.#begin()
        try {
          const page = await api.listWallets(context)
          // A kept answer is older than this read.
          if (page.kept === undefined) this.#keep(read, page)
          return page
        } catch (error) {
          if (isUnreadableList(error)) this.#keep(read, null)
          throw error
        } finally {
          read.waiting -= 1
          if (read.waiting === 0 && this.#inFlight === read) this.#inFlight = null
        }
      },
    }
  }

  /** Begins a read, or joins the one in flight, as the upstream client does. */
  #begin(): ListRead {
    if (this.#inFlight === null) {
      this.#reads += 1
      this.#requestedAt = this.#now()
      this.#inFlight = { number: this.#reads, requestedAt: this.#requestedAt, waiting: 0 }
    }
    this.#inFlight.waiting += 1
    return this.#inFlight
  }

  /** @param page null for an answer that could not be understood */
  #keep({ number, requestedAt }: ListRead, page: KobbleWalletPage | null): void {
    if (this.#list !== null && this.#list.number >= number) return
    const given = page?.ids ?? []
    const ids = new Set(given.filter((id) => id !== null))
    this.#list = {
      ids,
      isComplete: page !== null && !given.includes(null) && (page.total === null || page.total <= ids.size),
      number,
      coversUntil: BigInt(requestedAt - CLOCK_SKEW_MS) * MILLISECOND_NS,
      expiresAt: requestedAt + (page === null ? UNREADABLE_LIFE_MS : LIFE_MS),
    }
  }
}
