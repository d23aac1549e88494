import type { RedisSettings } from '../config.ts'
import { CommandTimeoutError } from './failure.ts'

/** The commands that the gateway sends. A rejected promise means that Redis refused the command, or that the connection was lost. */
export interface RedisCommands {
  ping(): Promise<string>
  get(key: string): Promise<string | null>
  /** Returns null when `condition` is `NX` and the key exists. */
  set(
    key: string,
    value: string,
    options: { readonly expiration: { readonly type: 'PX'; readonly value: number }; readonly condition?: 'NX' },
  ): Promise<string | null>
  del(key: string): Promise<number>
  /** Runs a Lua script, atomically. */
  eval(script: string, options: { readonly keys: string[]; readonly arguments: string[] }): Promise<unknown>
}

/** One connection to Redis. It does not reconnect. */
export interface RedisClient {
  readonly commands: RedisCommands
  /** Closes the connection; commands without an answer are rejected. */
  destroy(): void
}

/** The longest that making a connection may take, with TLS and authentication. */
const CONNECT_TIMEOUT_MS = 2000
/** The most commands that wait for their answers; further ones are rejected. */
const MAX_COMMANDS = 10_000

/**
 * Resolves as a command does, or rejects with a {@link CommandTimeoutError}. Answers that arrived while the event loop was busy
 * count: they are read after timers, and before `setImmediate`.
 */
export function withTimeout<T>(command: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const expire = () => setImmediate(() => reject(new CommandTimeoutError()))
    const timer = setTimeout(expire, timeoutMs)
    command.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/**
 * Connects to Redis, and returns once it answers a command within the time that commands have.
 *
 * @param onLost called once, when an established connection ends by itself
 */
export async function openClient(
  { url, timeoutMs }: RedisSettings,
  onLost: (error: unknown) => void,
): Promise<RedisClient> {
  // Loaded only when Redis is used, for a faster start.
  const { createClient } = await import('@redis/client')
  const client = createClient({
    url,
    // Protocol and options that every version and every compatible server has.
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_COMMANDS,
    socket: { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false },
  })
  let isEstablished = false
  const destroy = () => {
    isEstablished = false
    if (client.isOpen) client.destroy()
  }
  client.on('error', (error) => {
    if (!isEstablished) return
    destroy()
    onLost(error)
  })
  try {
    await withTimeout(client.connect(), CONNECT_TIMEOUT_MS)
    await withTimeout(client.ping(), timeoutMs)
  } catch (error) {
    destroy()
    throw error
  }
  isEstablished = true
  return { commands: client, destroy }
}
