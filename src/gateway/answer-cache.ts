import { AnswerCache } from '../cache/answer-cache.ts'
import { MemoryStore } from '../cache/memory-store.ts'
import type { AnswerStore } from '../cache/store.ts'
import type { Config, Environment } from '../config.ts'
import type { Provider } from '../providers/provider.ts'
import { RedisAnswerStore } from '../redis/answer-store.ts'
import type { RedisConnection } from '../redis/connection.ts'

type Settings = NonNullable<Config['cache']>

export interface AnswerCacheParts {
  readonly redis: RedisConnection | null
  readonly environment: Environment
  readonly providers: readonly Provider[]
}

/** Returns the configuration of all providers as one text. Processes with the same one read each other's answers in Redis. */
const secretOf = ({ environment, providers }: AnswerCacheParts) =>
  JSON.stringify(
    providers.map(({ variables }) => Object.keys(variables).map((name) => environment[name]?.trim() ?? '')),
  )

function createStore(settings: Settings, parts: AnswerCacheParts): AnswerStore {
  if (settings.store === 'redis' && parts.redis !== null) return new RedisAnswerStore(parts.redis, secretOf(parts))
  return new MemoryStore(settings)
}

/** Creates the cache of answers. */
export const createAnswerCache = (settings: Settings, parts: AnswerCacheParts): AnswerCache =>
  new AnswerCache({ store: createStore(settings, parts), settings })
