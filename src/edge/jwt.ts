import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { z } from 'zod'
import type { JwtSettings } from '../config.ts'
import { AuthenticationUnavailableError, ConfigError, UnauthenticatedError } from '../errors.ts'
import { isJsonObject } from '../http/json.ts'
import type { Log } from '../log.ts'
import type { Caller } from '../operation.ts'
import { grantsSchema } from './grants.ts'
import { createKeySet, type KeySetOptions } from './key-set.ts'

/** Signatures that need no shared secret. With others, who may verify a token could make one. */
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const EDDSA = ['EdDSA', 'Ed25519']
const ECDSA: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }
const ALGORITHMS = [...RSA, ...EDDSA, ...Object.values(ECDSA)]
const MIN_RSA_BITS = 2048

export interface JwtOptions {
  readonly settings: JwtSettings
  /** The values of the enum `Provider`, which grants may name. */
  readonly providers: readonly string[]
  readonly log: Log
  /** The clock, in epoch milliseconds. */
  readonly now?: () => number
  readonly keySet?: Pick<KeySetOptions, 'timeoutMs' | 'elapsed'>
}

/** Who a token is about, for the log and for limits. */
const subject = z.string().min(1).max(255)

/** The algorithms that a public key can be used with; none where it is too short or of another kind. */
function algorithmsFor({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly string[] {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails ?? {}
  if (asymmetricKeyType === 'rsa') return modulusLength >= MIN_RSA_BITS ? RSA : []
  if (asymmetricKeyType === 'ec') return Object.hasOwn(ECDSA, namedCurve) ? [ECDSA[namedCurve]!] : []
  return asymmetricKeyType === 'ed25519' ? EDDSA : []
}

/**
 * Reads one public key, PEM or JWK.
 * @throws {ConfigError} when there is none that can be used
 */
function readPublicKey(file: string): { readonly key: KeyObject; readonly algorithms: readonly string[] } {
  const refuse = (expected: string) => new ConfigError([`JWT_PUBLIC_KEY_FILE: expected ${expected}`])
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
    throw refuse(`a file that can be read${code}`)
  }
  let key: KeyObject
  let only: unknown
  try {
    const jwk: unknown = text.trimStart().startsWith('{') ? JSON.parse(text) : null
    // Node would take the public part of a private key, which had better not lie around here.
    if (isJsonObject(jwk) ? 'd' in jwk : text.includes('PRIVATE KEY')) throw refuse('a public key, not a private one')
    key = createPublicKey(isJsonObject(jwk) ? { key: jwk, format: 'jwk' } : text)
    only = isJsonObject(jwk) ? jwk.alg : undefined
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw refuse('a public key as PEM or JWK')
  }
  const algorithms = algorithmsFor(key).filter((algorithm) => only === undefined || algorithm === only)
  if (algorithms.length === 0) {
    throw refuse(`an RSA key of ${MIN_RSA_BITS} bits or more, a key on P-256, P-384 or P-521, or an Ed25519 key`)
  }
  return { key, algorithms }
}

/** What may be written down of a token that was refused: nothing that stands in it. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired) {
    return `claim ${error.claim}: ${error.reason}`
  }
  if (error instanceof errors.JOSEError) return error.code
  return error instanceof Error ? error.name : 'unknown'
}

/**
 * Tells callers by tokens that an issuer has signed. A token names this gateway as its audience and its caller in `sub`, has
 * an end, and says what it may read.
 *
 * @throws {ConfigError} when the public key cannot be used
 * @returns a function that rejects with an {@link UnauthenticatedError} for a token that does not hold, and with an
 * {@link AuthenticationUnavailableError} when the issuer's keys cannot be had
 */
export function createJwt({
  settings,
  providers,
  log,
  now = Date.now,
  keySet = {},
}: JwtOptions): (token: string) => Promise<Caller> {
  const { keys, issuer, audience, clockSkewS, grantsClaim } = settings
  const grants = grantsSchema(providers)
  const checks = { issuer, audience, clockTolerance: clockSkewS, requiredClaims: ['exp'] }
  let getKey: JWTVerifyGetKey
  let algorithms: readonly string[] = ALGORITHMS
  if ('url' in keys) getKey = createKeySet({ ...keySet, url: keys.url, log })
  else {
    const only = readPublicKey(keys.file)
    algorithms = only.algorithms
    getKey = () => only.key
  }

  return async (token) => {
    const verified = await jwtVerify(token, getKey, {
      ...checks,
      algorithms: [...algorithms],
      currentDate: new Date(now()),
    }).catch((error: unknown) => {
      if (error instanceof AuthenticationUnavailableError) throw error
      throw new UnauthenticatedError(error instanceof errors.JWTExpired ? 'expired' : 'invalid', reasonOf(error))
    })
    const { payload } = verified
    const name = subject.safeParse(payload.sub)
    if (!name.success) throw new UnauthenticatedError('invalid', 'claim sub: not a name')
    if (grantsClaim === null) return { name: name.data, grants: null }
    // A claim that is not there grants nothing either: it may be missing by mistake.
    const granted = grants.safeParse(payload[grantsClaim])
    if (!granted.success) throw new UnauthenticatedError('invalid', 'no grants')
    return { name: name.data, grants: granted.data }
  }
}
