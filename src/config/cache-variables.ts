import { z } from 'zod'
import { wholeNumber } from './formats.ts'

const CACHES = ['off', 'memory', 'redis'] as const

/** The variables of the cache of answers. */
export const cacheVariables = {
  CACHE: z
    .enum(CACHES, { error: `expected one of ${CACHES.join(', ')}` })
    .default('off')
    .describe(
      'Where answers of providers are kept: nowhere (`off`), in the memory of the process, or, encrypted, in the Redis of `REDIS_URL` for all processes.',
    ),
  CACHE_MAX_BYTES: wholeNumber(1_000_000, 999_999_999, 67_108_864).describe(
    'For `memory`: memory for kept answers, in bytes; the least recently used ones go first.',
  ),
  CACHE_CLOSED_MARGIN_S: wholeNumber(0, 999_999_999, 86_400).describe(
    'Time after the end of a period from which on its entries may be kept for `CACHE_CLOSED_TTL_S`, in seconds: longer than entries come late.',
  ),
  CACHE_CLOSED_TTL_S: wholeNumber(0, 999_999_999, 86_400).describe(
    'Time for which final entries of a closed period are kept, in seconds. A late entry in that period may appear as much later.',
  ),
  CACHE_OPEN_TTL_S: wholeNumber(0, 999_999_999, 0).describe(
    'Time for which all other answers are kept, in seconds: how outdated entries, balances and accounts may be. 0 keeps none of them.',
  ),
}
