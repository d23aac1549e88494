import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ConfigError, UnauthenticatedError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { AuthenticatedCaller, type Caller } from '../../operation.ts'
import { type Grants, grantsSchema } from './grants.ts'

/** How long the key file stands before it is read again. */
const REREAD_AFTER_MS = 1000
/** How many faults of one file the log gets. */
const MAX_TOLD = 10

/** A key that is let in. The key itself is nowhere: only who has it can make its hash. */
interface ApiKey {
  readonly name: string
  readonly hash: Buffer
  /** In epoch milliseconds; null for never. */
  readonly expiresAt: number | null
  readonly grants: Grants
  /** The whole entry as text: two that differ have different texts. */
  readonly fingerprint: string
}

export interface ApiKeysOptions {
  /** The path of the key file. */
  readonly file: string
  /** The values of the enum `Provider`, which grants may name. */
  readonly providers: readonly string[]
  readonly log: Log
  /** The clock, in epoch milliseconds. */
  readonly now?: () => number
  /** A clock that never goes back, in milliseconds. */
  readonly elapsed?: () => number
}

/** A day, which is its beginning in UTC, or an instant with its offset; as epoch milliseconds. */
export const expirySchema = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'expected a date (2027-01-01) or a date and time (2027-01-01T00:00:00Z)',
  })
  .transform((text) => Date.parse(text))

/** What a key may be called. */
export const keyNameSchema = z
  .string({ error: 'expected a name' })
  .regex(/^[\w.@:/-]{1,100}$/, { error: 'expected a name of 1 to 100 letters, digits and . _ - @ : /' })

function keyFileSchema(providers: readonly string[]) {
  const only = (members: string) => ({ error: `expected an object with ${members} and nothing else` })
  const entry = z.strictObject(
    {
      name: keyNameSchema,
      sha256: z
        .string({ error: 'expected 64 hexadecimal digits' })
        .regex(/^[\da-f]{64}$/i, { error: 'expected 64 hexadecimal digits' }),
      expiresAt: expirySchema.optional(),
      grants: grantsSchema(providers).optional(),
    },
    only('name, sha256, expiresAt, grants'),
  )
  return z.strictObject({ keys: z.array(entry, { error: 'expected a list' }) }, only('keys'))
}

/** Where something stands in the file, e.g. `keys[3].name`. */
const placeOf = (path: readonly PropertyKey[]) =>
  path
    .map((step) => (typeof step === 'number' ? `[${step}]` : String(step)))
    .join('.')
    .replaceAll('.[', '[')

/** A line on the key file. What stands in the file is never part of it. */
const fault = (expected: string, place = '') => `API_KEYS_FILE: ${expected}${place && ` at ${place}`}`

/** @throws {ConfigError} with a line for each fault */
function parseKeys(text: string, schema: ReturnType<typeof keyFileSchema>): readonly ApiKey[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // The parser's own message quotes the file.
    throw new ConfigError([fault('expected JSON')])
  }
  const { success, data, error } = schema.safeParse(json)
  if (!success) throw new ConfigError(error.issues.map(({ message, path }) => fault(message, placeOf(path))))
  const seen = new Set<string>()
  const faults: string[] = []
  const keys = data.keys.map(({ name, sha256, expiresAt = null, grants = null }, index): ApiKey => {
    const hash = Buffer.from(sha256, 'hex')
    for (const [member, value] of [
      ['name', name],
      ['sha256', hash.toString('hex')],
    ] as const) {
      const key = `${member} ${value}`
      if (seen.has(key))
        faults.push(fault(`expected a ${member} that no key before it has`, `keys[${index}].${member}`))
      seen.add(key)
    }
    const fingerprint = JSON.stringify([name, hash.toString('hex'), expiresAt, grants && [...grants]])
    return { name, hash, expiresAt, grants, fingerprint }
  })
  if (faults.length > 0) throw new ConfigError(faults)
  return keys
}

/** @throws {ConfigError} when the file cannot be read */
function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
    throw new ConfigError([fault(`expected a file that can be read${code}`)])
  }
}

/** The hash of a key as the key file holds it. A key is 256 random bits, so that no slow or salted hash is needed. */
export const hashApiKey = (key: string) => createHash('sha256').update(key).digest()

/** A new key: 256 random bits as text. */
export const createApiKey = () => `tgw_${randomBytes(32).toString('base64url')}`

/**
 * Tells callers by their keys. The file is read at once, and again for the first request after a second has passed, by its
 * content rather than its time stamp, so that it may be replaced or edited in whatever way. One that has become unusable is
 * told in the log, and the keys of before stay.
 *
 * @throws {ConfigError} when the file cannot be used at the start
 * @returns a function that throws an {@link UnauthenticatedError} for a key that is not there or has expired
 */
export function createApiKeys({
  file,
  providers,
  log,
  now = Date.now,
  elapsed = () => performance.now(),
}: ApiKeysOptions): (key: string) => Caller {
  const schema = keyFileSchema(providers)
  /** What was read last, usable or not. */
  let text: string | null = readKeyFile(file)
  let keys = parseKeys(text, schema)
  let fingerprints = new Set(keys.map(({ fingerprint }) => fingerprint))
  let readAt = elapsed()
  let toldFaults = ''

  function reread(): void {
    if (elapsed() - readAt < REREAD_AFTER_MS) return
    readAt = elapsed()
    try {
      const previous = text
      text = null
      text = readKeyFile(file)
      if (text === previous) return
      keys = parseKeys(text, schema)
      fingerprints = new Set(keys.map(({ fingerprint }) => fingerprint))
      toldFaults = ''
      log.info('API keys read', { keys: keys.length })
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      if (error.message === toldFaults) return
      toldFaults = error.message
      log.error('the API keys cannot be read again; those of before stay', { faults: error.issues.slice(0, MAX_TOLD) })
    }
  }

  return (key) => {
    reread()
    const hash = hashApiKey(key)
    let found: ApiKey | null = null
    // All keys, also after one has matched: how long it takes tells nothing of which it was.
    for (const candidate of keys) if (timingSafeEqual(candidate.hash, hash)) found = candidate
    if (found === null) throw new UnauthenticatedError('invalid', 'unknown key')
    const { name, grants, expiresAt, fingerprint } = found
    const hasExpired = () => expiresAt !== null && now() >= expiresAt
    if (hasExpired()) throw new UnauthenticatedError('expired', 'expired key')
    return new AuthenticatedCaller(name, grants, () => {
      reread()
      return fingerprints.has(fingerprint) && !hasExpired()
    })
  }
}
