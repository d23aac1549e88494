import type { RedisConnection } from './connection.ts'
import { Sealing } from './sealing.ts'

/** Values in Redis under digests of their keys, encrypted with a secret; see `SharedState` of the providers. */
export class RedisState {
  readonly #connection: RedisConnection
  readonly #sealing: Sealing

  constructor(connection: RedisConnection, secret: string) {
    this.#connection = connection
    this.#sealing = new Sealing(secret)
  }

  async get(key: string): Promise<string | null> {
    const name = this.#nameOf(key)
    const answer = await this.#connection.send((commands) => commands.get(name))
    const sealed = answer?.reply ?? null
    return (sealed && this.#sealing.unseal(name, sealed)?.toString()) ?? null
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    const name = this.#nameOf(key)
    const sealed = this.#sealing.seal(name, value)
    await this.#connection.send((commands) => commands.set(name, sealed, { expiration: expiresIn(ttlMs) }))
  }

  async tryLock(key: string, ttlMs: number): Promise<boolean> {
    const options = { expiration: expiresIn(ttlMs), condition: 'NX' } as const
    const answer = await this.#connection.send((commands) => commands.set(this.#lockOf(key), '1', options))
    return answer === null || answer.reply !== null
  }

  async unlock(key: string): Promise<void> {
    await this.#connection.send((commands) => commands.del(this.#lockOf(key)))
  }

  #nameOf(key: string): string {
    return this.#connection.key(`state:${this.#sealing.nameOf(key)}`)
  }

  #lockOf(key: string): string {
    return this.#connection.key(`lock:${this.#sealing.nameOf(key)}`)
  }
}

const expiresIn = (ttlMs: number) => ({ type: 'PX', value: Math.max(1, Math.floor(ttlMs)) }) as const
