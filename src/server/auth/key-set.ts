import { createLocalJWKSet, errors, type JSONWebKeySet } from 'jose'
import { type Dispatcher, request } from 'undici'
import { AuthenticationUnavailableError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { networkCodeOf } from '../../upstream/cause.ts'
import { createDispatcher, DIRECT_NETWORK, type NetworkSettings } from '../../upstream/dispatcher.ts'
import { canVerify } from './public-keys.ts'

/** Time after which keys are fetched again. */
const MAX_AGE_MS = 10 * 60_000
/** Time for which keys are used while they cannot be fetched again. */
const MAX_STALE_MS = 24 * 60 * 60_000
/** Pause after a fetch before an unknown key id triggers another. */
const COOLDOWN_MS = 3_000
/** Maximum pause for one key id that several fetches in a row did not return. */
const MAX_MISS_PAUSE_MS = 30_000
/** Maximum number of key ids that are remembered as missing, and of characters of one id. */
const MAX_MISSING = 1_000
const MAX_KID_LENGTH = 200
/** Pause after a failed fetch. */
const RETRY_MS = 5_000
/** Deadline of one fetch. */
const TIMEOUT_MS = 5_000
const MAX_BODY_BYTES = 1024 * 1024
const MAX_HEADER_BYTES = 16 * 1024

export interface KeySetOptions {
  readonly url: string
  readonly log: Log
  readonly timeoutMs?: number
  /** The proxy for the key set; no client certificate is sent. A direct connection by default. */
  readonly network?: Pick<NetworkSettings, 'findProxy'>
  /** A monotonic clock, in milliseconds. */
  readonly elapsed?: () => number
}

/** Returns the connections through a proxy; undefined for direct ones, which undici's own dispatcher makes. */
function createProxiedDispatcher(url: string, timeoutMs: number, { findProxy }: Pick<NetworkSettings, 'findProxy'>) {
  const target = new URL(url)
  const proxy = findProxy(target)
  if (proxy === null) return undefined
  return createDispatcher(target, {
    proxy,
    certificate: null,
    connections: 1,
    connectTimeoutMs: timeoutMs,
    maxHeaderSize: MAX_HEADER_BYTES,
    maxResponseSize: MAX_BODY_BYTES,
  })
}

type FindKey = ReturnType<typeof createLocalJWKSet>

/** The answer of the issuer cannot be used. The message is for the log and quotes nothing. */
class KeySetError extends Error {
  override readonly name = 'KeySetError'
}

async function fetchKeys(url: string, timeoutMs: number, dispatcher?: Dispatcher): Promise<FindKey> {
  const headers = { accept: 'application/jwk-set+json, application/json', 'user-agent': 'transactions-gateway' }
  // Redirects are not followed: keys come only from the configured URL.
  const signal = AbortSignal.timeout(timeoutMs)
  const { statusCode, body } = await request(url, { headers, signal, ...(dispatcher && { dispatcher }) })
  // Without a listener, an error of a body that is not read would end the process.
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

/** Fetches a key set once. Returns why that fails, as a code or a few words that quote nothing; null when it succeeds. */
export async function fetchFailure(url: string, network: Pick<NetworkSettings, 'findProxy'>): Promise<string | null> {
  try {
    await fetchKeys(url, TIMEOUT_MS, createProxiedDispatcher(url, TIMEOUT_MS, network))
    return null
  } catch (error) {
    return error instanceof KeySetError ? error.message : (networkCodeOf(error) ?? 'no answer')
  }
}

/** @throws {KeySetError} when the text is not a key set, or has no key that can verify a token */
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
  // An empty set is treated as a failure of the issuer, not as the withdrawal of all keys.
  if (!set.keys.some(canVerify)) throw new KeySetError('no usable key')
  return find
}

/** A key id that the last fetch did not return: when that was, and the pause before the next fetch for it. */
interface Miss {
  readonly pauseMs: number
  readonly at: number
}

/**
 * Remembers key ids that fetches did not return. Each triggers another fetch only after a pause that doubles with every miss
 * (exponential backoff), so that a key which is published late is found soon, and made-up ids cause few fetches.
 */
function createMissingKeys(elapsed: () => number) {
  // A Map keeps the order of insertion, so the least recent miss is first.
  const misses = new Map<string, Miss>()
  const keyOf = (kid: string) => kid.slice(0, MAX_KID_LENGTH)
  return {
    shouldFetch(kid: string): boolean {
      const miss = misses.get(keyOf(kid))
      return miss === undefined || elapsed() - miss.at >= miss.pauseMs
    },
    add(kid: string): void {
      const key = keyOf(kid)
      // When several tokens waited for one fetch, the first has already counted the miss.
      if (!this.shouldFetch(kid)) return
      const before = misses.get(key)?.pauseMs ?? COOLDOWN_MS / 2
      misses.delete(key)
      misses.set(key, { pauseMs: Math.min(MAX_MISS_PAUSE_MS, 2 * before), at: elapsed() })
      if (misses.size > MAX_MISSING) misses.delete(misses.keys().next().value!)
    },
  }
}

/** The public keys of an issuer. */
export interface KeySet {
  /**
   * Finds the key of a token.
   *
   * @param shouldFetch called before a fetch that could return the key
   * @throws {AuthenticationUnavailableError} when keys cannot be fetched, so that it is unknown whether the key exists
   */
  find(
    header: NonNullable<Parameters<FindKey>[0]>,
    token: Parameters<FindKey>[1],
    shouldFetch: () => boolean,
  ): ReturnType<FindKey>
  /**
   * Fetches the keys again, because the key with this id did not verify a token.
   * @returns false when it is too early for another fetch, or the fetch failed
   */
  refresh(kid: string): Promise<boolean>
}

/** Returns the reason of a failed fetch for the log. */
function reasonOf(error: unknown): string {
  if (error instanceof KeySetError) return error.message
  return networkCodeOf(error) ?? (error instanceof Error ? error.name : 'unknown')
}

/**
 * Creates a cache of the issuer's keys. They are fetched when they are first needed, then every ten minutes, and for an unknown
 * key id: at most once in three seconds overall, and for one key id at growing intervals of up to half a minute. So a new key
 * is found within seconds, and made-up key ids cause few fetches. While the issuer does not answer, or its answer has no usable
 * key, the previous keys are used for up to a day, and only the first request waits for a fetch.
 */
export function createKeySet({
  url,
  log,
  timeoutMs = TIMEOUT_MS,
  network = DIRECT_NETWORK,
  elapsed = () => performance.now(),
}: KeySetOptions): KeySet {
  const dispatcher = createProxiedDispatcher(url, timeoutMs, network)
  let cached: { readonly find: FindKey; readonly fetchedAt: number } | null = null
  /** The result of the last fetch; null before the first. */
  let last: { readonly at: number; readonly failed: boolean } | null = null
  let fetching: Promise<void> | null = null
  const missing = createMissingKeys(elapsed)

  function fetchAgain(): Promise<void> {
    fetching ??= fetchKeys(url, timeoutMs, dispatcher)
      .then(
        (find) => {
          cached = { find, fetchedAt: elapsed() }
          last = { at: elapsed(), failed: false }
        },
        (error: unknown) => {
          last = { at: elapsed(), failed: true }
          log.error('fetching the keys for tokens failed', { reason: reasonOf(error) })
        },
      )
      .finally(() => {
        fetching = null
      })
    return fetching
  }

  const hasFailed = () => last?.failed === true
  const mayFetch = () => last === null || elapsed() - last.at >= (last.failed ? RETRY_MS : COOLDOWN_MS)
  const isYoungerThan = (ageMs: number) => cached !== null && elapsed() - cached.fetchedAt < ageMs

  /** Returns the current keys; the previous ones when a fetch fails. */
  async function current(shouldFetch: () => boolean): Promise<FindKey> {
    if (!isYoungerThan(MAX_AGE_MS) && (fetching || mayFetch()) && shouldFetch()) {
      const attempt = fetchAgain()
      if (!(hasFailed() && isYoungerThan(MAX_STALE_MS))) await attempt
    }
    if (cached !== null && isYoungerThan(MAX_STALE_MS)) return cached.find
    if (!shouldFetch()) throw new errors.JWKSNoMatchingKey()
    throw new AuthenticationUnavailableError()
  }

  async function refresh(kid: string): Promise<boolean> {
    if (!missing.shouldFetch(kid) || !(fetching || mayFetch())) return false
    await fetchAgain()
    if (hasFailed()) return false
    // Counted as a miss in advance. When the fetch did return the key, the entry is never read again.
    missing.add(kid)
    return true
  }

  return {
    refresh,
    async find(header, token, shouldFetch) {
      const find = await current(shouldFetch)
      try {
        return await find(header, token)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || !shouldFetch()) throw error
      }
      await refresh(header.kid ?? '')
      // The key may have been published just now, so without a successful fetch its absence is not certain.
      if (hasFailed()) throw new AuthenticationUnavailableError()
      const newer = await current(shouldFetch)
      return newer(header, token)
    },
  }
}
