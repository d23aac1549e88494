import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisSettings } from '../config.ts'
import { type Log, throttled } from '../log.ts'
import { type Breaker, createBreaker } from '../upstream/breaker.ts'
import { openClient, type RedisClient, type RedisCommands, withTimeout } from './client.ts'
import { CommandTimeoutError, failureCode, isReply } from './failure.ts'

/** `connecting`: no command is sent, and the gateway works without Redis. */
export type RedisState = 'connecting' | 'ready' | 'closed'

/**
 * How a command ended: `success`; `refused`, an error that Redis answered; `timeout`; `lost`, the connection ended before the answer;
 * `skipped`, not sent because there was no connection.
 */
export type CommandOutcome = 'success' | 'refused' | 'timeout' | 'lost' | 'skipped'

export interface RedisStatistics {
  readonly state: RedisState
  /** Commands since the start, by outcome. */
  readonly commands: Readonly<Record<CommandOutcome, number>>
  /** Connections that were established since the start. */
  readonly connections: number
}

/** The first pause before another attempt to connect; it doubles with each further one. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000
/** A connection that lasted as long starts the pauses anew. */
const STABLE_MS = 10_000
/** A connection on which half of the latest commands failed is given up. Few commands decide, because each delays a request. */
const BREAKER = { windowMs: 10_000, latestCalls: 10, minimumCalls: 5, faultShare: 0.5 }

/** Returns the pause before an attempt to connect, with jitter so that processes do not return at the same time. */
const pauseBefore = (attempt: number) =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (0.5 + Math.random() / 2)

/**
 * The connection of a process to Redis. Nothing depends on it: a command that cannot be answered in time yields null, and while
 * there is no connection no command is sent and nothing waits. A connection whose commands fail is given up by a circuit
 * breaker; the attempts to connect again, each with a command of their own, take the place of its probes.
 */
export class RedisConnection {
  readonly #settings: RedisSettings
  readonly #log: Log
  readonly #logRefused: Log['warn']
  readonly #logLost: Log['warn']
  readonly #closing = new AbortController()
  readonly #commands: Record<CommandOutcome, number> = { success: 0, refused: 0, timeout: 0, lost: 0, skipped: 0 }
  #client: RedisClient | null = null
  #breaker: Breaker = createBreaker(BREAKER)
  #connections = 0
  #establishedAt = 0
  #attempts = 0
  /** The cause of the latest line about a loss; null after a connection was established. */
  #loggedCause: string | null = null

  constructor(settings: RedisSettings, log: Log) {
    this.#settings = settings
    this.#log = log
    this.#logRefused = throttled((message, fields) => log.warn(message, fields))
    this.#logLost = throttled((message, fields) => log.warn(message, fields))
  }

  /** Starts to connect, and keeps connecting until the connection is closed. It never rejects. */
  start(): void {
    void this.#connect()
  }

  /** True while commands are sent. */
  isReady(): boolean {
    return this.#client !== null
  }

  /** The key of Redis for a name. */
  key(name: string): string {
    return this.#settings.prefix + name
  }

  /**
   * Sends a command. Returns null when there is no connection, when Redis refuses the command, and when it does not answer in time.
   * It never rejects.
   */
  async send<T>(command: (commands: RedisCommands) => Promise<T>): Promise<{ readonly reply: T } | null> {
    const client = this.#client
    const permit = client && this.#breaker.tryAcquire()
    if (client === null || permit === null) {
      this.#commands.skipped++
      return null
    }
    try {
      const reply = await withTimeout(command(client.commands), this.#settings.timeoutMs)
      this.#commands.success++
      permit.end('success')
      return { reply }
    } catch (error) {
      this.#countFailure(error, client)
      permit.end(error instanceof CommandTimeoutError ? 'failure' : 'ignored')
      return null
    }
  }

  /** Connects once, apart from the connection, and sends a command. Returns the code of the failure; null when Redis works. */
  async check(): Promise<string | null> {
    try {
      const client = await openClient(this.#settings, () => {})
      client.destroy()
      return null
    } catch (error) {
      return failureCode(error)
    }
  }

  statistics(): RedisStatistics {
    const state = this.#closing.signal.aborted ? 'closed' : this.isReady() ? 'ready' : 'connecting'
    return { state, commands: { ...this.#commands }, connections: this.#connections }
  }

  close(): void {
    this.#closing.abort()
    this.#client?.destroy()
    this.#client = null
  }

  #countFailure(error: unknown, client: RedisClient): void {
    if (error instanceof CommandTimeoutError) this.#commands.timeout++
    else if (this.#client !== client) this.#commands.lost++
    else {
      this.#commands.refused++
      this.#logRefused('Redis refused a command', { cause: failureCode(error) })
    }
  }

  /** Tries to connect until it succeeds or the connection is closed. */
  async #connect(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        if (this.#attempts > 0) await sleep(pauseBefore(this.#attempts), undefined, { signal, ref: false })
        this.#attempts++
        const client: RedisClient = await openClient(this.#settings, (error) => this.#lose(client, error))
        this.#establish(client)
        return
      } catch (error) {
        if (!signal.aborted) this.#reportLoss(error)
      }
    }
  }

  #establish(client: RedisClient): void {
    if (this.#closing.signal.aborted) {
      client.destroy()
      return
    }
    this.#client = client
    this.#breaker = createBreaker(BREAKER, ({ state }) => {
      if (state === 'open') this.#lose(client, new CommandTimeoutError())
    })
    this.#connections++
    this.#establishedAt = performance.now()
    this.#log.info('connected to Redis')
    this.#loggedCause = null
  }

  /** Gives up a connection and connects again. */
  #lose(client: RedisClient, error: unknown): void {
    if (this.#client !== client) return
    this.#client = null
    client.destroy()
    if (performance.now() - this.#establishedAt >= STABLE_MS) this.#attempts = 0
    this.#reportLoss(error)
    this.start()
  }

  /**
   * Logs once that there is no connection, until there is one again; and once more when Redis can be reached by then but answers with
   * an error, because that does not end by itself.
   */
  #reportLoss(error: unknown): void {
    const cause = failureCode(error)
    if (this.#loggedCause !== null && (!isReply(error) || cause === this.#loggedCause)) return
    this.#loggedCause = cause
    this.#logLost('working without Redis', { cause })
  }
}
