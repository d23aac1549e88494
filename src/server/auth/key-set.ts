import { createLocalJWKSet, errors, type JSONWebKeySet } from 'jose'
import { request } from 'undici'
import { AuthenticationUnavailableError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { canVerify } from './public-keys.ts'

/** How long keys stand before they are fetched again. */
const MAX_AGE_MS = 10 * 60_000
/** How long they are used while they cannot be fetched again. */
const MAX_STALE_MS = 24 * 60 * 60_000
/** The pause after a fetch before a key that is not among the keys is worth another. */
const COOLDOWN_MS = 3_000
/** The longest pause for one key id that several fetches in a row have not brought. */
const MAX_MISS_PAUSE_MS = 30_000
/** The most key ids that are remembered as missing, and the most characters of one. */
const MAX_MISSING = 1_000
const MAX_KID_LENGTH = 200
/** The pause after a fetch that failed. */
const RETRY_MS = 5_000
/** Deadline of one fetch. */
const TIMEOUT_MS = 5_000
const MAX_BODY_BYTES = 1024 * 1024

export interface KeySetOptions {
  readonly url: string
  readonly log: Log
  readonly timeoutMs?: number
  /** A clock that never goes back, in milliseconds. */
  readonly elapsed?: () => number
}

type FindKey = ReturnType<typeof createLocalJWKSet>

/** What has to do with the answer itself; the message is for the log and quotes nothing. */
class KeySetError extends Error {
  override readonly name = 'KeySetError'
}

async function fetchKeys(url: string, timeoutMs: number): Promise<FindKey> {
  const headers = { accept: 'application/jwk-set+json, application/json', 'user-agent': 'transactions-gateway' }
  // A redirect is not followed: the keys come from where they were said to be.
  const { statusCode, body } = await request(url, { headers, signal: AbortSignal.timeout(timeoutMs) })
  // What breaks while nobody reads would end the process.
  body.on('error', () => {})
  if (statusCode !== 200) {
    body.destroy()
    throw new KeySetError(`status ${statusCode}`)
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new KeySetError(`more than ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return readKeySet(Buffer.concat(chunks).toString('utf8'))
}

/** @throws {KeySetError} when the text is no key set, or has no key that can verify a token */
function readKeySet(text: string): FindKey {
  let set: JSONWebKeySet
  let find: FindKey
  try {
    set = JSON.parse(text)
    find = createLocalJWKSet(set)
  } catch {
    // The errors of both parsers may quote the body.
    throw new KeySetError('no JSON Web Key Set')
  }
  // An issuer that sends an empty set has a fault; it has not withdrawn all of its keys.
  if (!set.keys.some(canVerify)) throw new KeySetError('no usable key')
  return find
}

/** How often a key id has been looked for in vain, and since when. */
interface Miss {
  readonly pauseMs: number
  readonly at: number
}

/**
 * Key ids that fetches have not brought. Each is worth another fetch only after a pause that doubles with every miss, so that
 * a key which is published late is found soon, and one that does not exist costs little.
 */
function createMissingKeys(elapsed: () => number) {
  // A Map keeps the order of insertion, so that the one that was missed longest ago is first.
  const misses = new Map<string, Miss>()
  const keyOf = (kid: string) => kid.slice(0, MAX_KID_LENGTH)
  return {
    isWorthFetching(kid: string): boolean {
      const miss = misses.get(keyOf(kid))
      return miss === undefined || elapsed() - miss.at >= miss.pauseMs
    },
    add(kid: string): void {
      const key = keyOf(kid)
      // Of many that waited for one fetch, the first has counted it.
      if (!this.isWorthFetching(kid)) return
      const before = misses.get(key)?.pauseMs ?? COOLDOWN_MS / 2
      misses.delete(key)
      misses.set(key, { pauseMs: Math.min(MAX_MISS_PAUSE_MS, 2 * before), at: elapsed() })
      if (misses.size > MAX_MISSING) misses.delete(misses.keys().next().value!)
    },
  }
}

/** The keys of an issuer. */
export interface KeySet {
  /**
   * Finds the key of a token.
   *
   * @param isWorthFetching called when a fetch could bring the key
   * @throws {AuthenticationUnavailableError} when there are no keys to be had, or it is unknown whether there is one
   */
  find(
    header: NonNullable<Parameters<FindKey>[0]>,
    token: Parameters<FindKey>[1],
    isWorthFetching: () => boolean,
  ): ReturnType<FindKey>
  /**
   * Fetches the keys again, because the one with this id did not verify a token.
   * @returns false when it is too early for that, or the fetch failed
   */
  refresh(kid: string): Promise<boolean>
}

/** What may be written down of a failed fetch. */
function reasonOf(error: unknown): string {
  if (error instanceof KeySetError) return error.message
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/**
 * The issuer's keys, fetched when they are first needed, then every ten minutes, and for a key that is not among them: at most
 * once in three seconds, whoever asks, and for one key id at ever longer intervals up to half a minute. So a new key is found
 * within seconds, and made-up key ids cost little. While the issuer does not answer, or its answer has no usable key, the keys of before
 * are used for up to a day, and nobody waits for more than the first attempt.
 */
export function createKeySet({
  url,
  log,
  timeoutMs = TIMEOUT_MS,
  elapsed = () => performance.now(),
}: KeySetOptions): KeySet {
  let kept: { readonly find: FindKey; readonly fetchedAt: number } | null = null
  /** How the last fetch ended; null before the first. */
  let last: { readonly at: number; readonly failed: boolean } | null = null
  let fetching: Promise<void> | null = null
  const missing = createMissingKeys(elapsed)

  function fetchAgain(): Promise<void> {
    fetching ??= fetchKeys(url, timeoutMs)
      .then(
        (find) => {
          kept = { find, fetchedAt: elapsed() }
          last = { at: elapsed(), failed: false }
        },
        (error: unknown) => {
          last = { at: elapsed(), failed: true }
          log.error('the keys for tokens cannot be fetched', { reason: reasonOf(error) })
        },
      )
      .finally(() => {
        fetching = null
      })
    return fetching
  }

  const hasFailed = () => last?.failed === true
  const mayFetch = () => last === null || elapsed() - last.at >= (last.failed ? RETRY_MS : COOLDOWN_MS)
  const isYoungerThan = (ageMs: number) => kept !== null && elapsed() - kept.fetchedAt < ageMs

  /** The keys to look in; those of before when newer ones do not come. */
  async function current(isWorthFetching: () => boolean): Promise<FindKey> {
    if (!isYoungerThan(MAX_AGE_MS) && (fetching || mayFetch()) && isWorthFetching()) {
      const attempt = fetchAgain()
      if (!(hasFailed() && isYoungerThan(MAX_STALE_MS))) await attempt
    }
    if (kept !== null && isYoungerThan(MAX_STALE_MS)) return kept.find
    if (!isWorthFetching()) throw new errors.JWKSNoMatchingKey()
    throw new AuthenticationUnavailableError()
  }

  async function refresh(kid: string): Promise<boolean> {
    if (!missing.isWorthFetching(kid) || !(fetching || mayFetch())) return false
    await fetchAgain()
    if (hasFailed()) return false
    // Whether this fetch has brought it shows only later; when it has, nobody looks at this again.
    missing.add(kid)
    return true
  }

  return {
    refresh,
    async find(header, token, isWorthFetching) {
      const find = await current(isWorthFetching)
      try {
        return await find(header, token)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || !isWorthFetching()) throw error
      }
      await refresh(header.kid ?? '')
      // It may be a key that has just been published.
      if (hasFailed()) throw new AuthenticationUnavailableError()
      const newer = await current(isWorthFetching)
      return newer(header, token)
    },
  }
}
