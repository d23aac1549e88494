import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import { request } from 'undici'
import { AuthenticationUnavailableError } from '../errors.ts'
import type { Log } from '../log.ts'

/** How long keys stand before they are fetched again. */
const MAX_AGE_MS = 10 * 60_000
/** How long they are used while they cannot be fetched again. */
const MAX_STALE_MS = 24 * 60 * 60_000
/** The pause after a fetch before a key that is not among the keys is worth another. */
const COOLDOWN_MS = 30_000
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
  try {
    return createLocalJWKSet(JSON.parse(Buffer.concat(chunks).toString('utf8')))
  } catch {
    // The errors of both parsers may quote the body.
    throw new KeySetError('no JSON Web Key Set')
  }
}

/** What may be written down of a failed fetch. */
function reasonOf(error: unknown): string {
  if (error instanceof KeySetError) return error.message
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/**
 * The issuer's keys, fetched when they are first needed, then every ten minutes, and for a key that is not among them; that
 * at most every half minute, so that made-up key ids cost nothing. While the issuer does not answer, the keys of before are
 * used for up to a day, and nobody waits for more than the first attempt.
 *
 * @returns what jose asks for the key of a token; throws an {@link AuthenticationUnavailableError} when there is none to
 * be had, or it cannot be told whether there is one
 */
export function createKeySet({
  url,
  log,
  timeoutMs = TIMEOUT_MS,
  elapsed = () => performance.now(),
}: KeySetOptions): JWTVerifyGetKey {
  let kept: { readonly find: FindKey; readonly fetchedAt: number } | null = null
  /** How the last fetch ended; null before the first. */
  let last: { readonly at: number; readonly failed: boolean } | null = null
  let fetching: Promise<void> | null = null

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

  /** The keys to look in; those of before where newer ones do not come. */
  async function current(): Promise<FindKey> {
    if (!isYoungerThan(MAX_AGE_MS) && mayFetch()) {
      const attempt = fetchAgain()
      if (!(hasFailed() && isYoungerThan(MAX_STALE_MS))) await attempt
    }
    if (kept === null || !isYoungerThan(MAX_STALE_MS)) throw new AuthenticationUnavailableError()
    return kept.find
  }

  return async (header, token) => {
    const find = await current()
    try {
      return await find(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
    }
    if (mayFetch()) await fetchAgain()
    // It may be a key that has just been published.
    if (hasFailed()) throw new AuthenticationUnavailableError()
    const newer = await current()
    return newer(header, token)
  }
}
