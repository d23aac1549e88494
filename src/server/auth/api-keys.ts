import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ConfigError, UnauthenticatedError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { AuthenticatedCaller, type Caller } from '../../operation.ts'
import { type Grants, grantsSchema } from './grants.ts'

/** Time after which the key file is read again. */
const REREAD_AFTER_MS = 1000
/** Maximum number of issues of one file that are logged. */
const MAX_LOGGED_ISSUES = 10

/** An accepted key. Only its hash is stored. */
interface ApiKey {
  readonly name: string
  readonly hash: Buffer
  /** Expiry in epoch milliseconds; null when the key does not expire. */
  readonly expiresAt: number | null
  readonly grants: Grants
  /** The whole entry as text; any change of the entry changes it. */
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
  /** A monotonic clock, in milliseconds. */
  readonly elapsed?: () => number
}

/** Parses a date, which means its start in UTC, or a date and time with offset, into epoch milliseconds. */
export const expirySchema = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'expected a date (2027-01-01) or a date and time (2027-01-01T00:00:00Z)',
  })
  .transform((text) => Date.parse(text))

/** Validates the name of a key. */
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

/** Formats a path in the file, e.g. `keys[3].name`. */
const formatPath = (path: readonly PropertyKey[]) =>
  path
    .map((step) => (typeof step === 'number' ? `[${step}]` : String(step)))
    .join('.')
    .replaceAll('.[', '[')

/** Returns an issue of the key file. It never quotes the file. */
const issue = (expected: string, path = '') => `API_KEYS_FILE: ${expected}${path && ` at ${path}`}`

/** @throws {ConfigError} with a line for each issue */
function parseKeys(text: string, schema: ReturnType<typeof keyFileSchema>): readonly ApiKey[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // The parser's own message quotes the file.
    throw new ConfigError([issue('expected JSON')])
  }
  const { success, data, error } = schema.safeParse(json)
  if (!success) throw new ConfigError(error.issues.map(({ message, path }) => issue(message, formatPath(path))))
  const seen = new Set<string>()
  const issues: string[] = []
  const keys = data.keys.map(({ name, sha256, expiresAt = null, grants = null }, index): ApiKey => {
    const hash = Buffer.from(sha256, 'hex')
    for (const [member, value] of [
      ['name', name],
      ['sha256', hash.toString('hex')],
    ] as const) {
      const key = `${member} ${value}`
      if (seen.has(key))
        issues.push(issue(`expected a ${member} that no key before it has`, `keys[${index}].${member}`))
      seen.add(key)
    }
    const fingerprint = JSON.stringify([name, hash.toString('hex'), expiresAt, grants && [...grants]])
    return { name, hash, expiresAt, grants, fingerprint }
  })
  if (issues.length > 0) throw new ConfigError(issues)
  return keys
}

/**
 * Checks the text of a key file.
 *
 * @param providers the values of the enum `Provider`, which grants may name
 * @throws {ConfigError} with a line for each issue
 */
export function checkKeyFile(text: string, providers: readonly string[]): void {
  parseKeys(text, keyFileSchema(providers))
}

/** @throws {ConfigError} when the file cannot be read */
function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
    throw new ConfigError([issue(`expected a file that can be read${code}`)])
  }
}

/** Returns the hash of a key, as stored in the key file. A key has 256 random bits, so it needs no slow or salted hash. */
export const hashApiKey = (key: string) => createHash('sha256').update(key).digest()

/** Returns a new key: 256 random bits as text. */
export const createApiKey = () => `tgw_${randomBytes(32).toString('base64url')}`

/**
 * Authenticates callers by API keys. The file is read at once, and again by the first request after a second has passed. Its
 * content is compared instead of its timestamp, so it may be edited or replaced. When it becomes invalid, that is logged and
 * the previous keys remain valid.
 *
 * @throws {ConfigError} when the file cannot be used at the start
 * @returns a function that returns the caller of a key, and throws an {@link UnauthenticatedError} when the key is unknown or expired
 */
export function createApiKeys({
  file,
  providers,
  log,
  now = Date.now,
  elapsed = () => performance.now(),
}: ApiKeysOptions): (key: string) => Caller {
  const schema = keyFileSchema(providers)
  /** The text that was read last, valid or not; null when the last read failed. */
  let text: string | null = readKeyFile(file)
  let keys = parseKeys(text, schema)
  let fingerprints = new Set(keys.map(({ fingerprint }) => fingerprint))
  let readAt = elapsed()
  let lastIssues = ''

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
      lastIssues = ''
      log.info('API keys read', { keys: keys.length })
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      if (error.message === lastIssues) return
      lastIssues = error.message
      log.error('API keys not updated: the key file is invalid; the previous keys remain valid', {
        issues: error.issues.slice(0, MAX_LOGGED_ISSUES),
      })
    }
  }

  return (key) => {
    reread()
    const hash = hashApiKey(key)
    let found: ApiKey | null = null
    // Compares all keys, also after a match, so that the time taken does not reveal which key matched (timing attack).
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
