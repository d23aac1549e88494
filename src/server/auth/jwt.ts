import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyResult,
  jwtVerify,
  type ProtectedHeaderParameters,
} from 'jose'
import { z } from 'zod'
import type { JwtSettings } from '../../config.ts'
import { AuthenticationUnavailableError, ConfigError, UnauthenticatedError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { AuthenticatedCaller, type Caller } from '../../operation.ts'
import { isJsonObject } from '../../values/exact-json.ts'
import { grantsSchema } from './grants.ts'
import { createKeySet, type KeySet, type KeySetOptions } from './key-set.ts'
import { ALGORITHMS, algorithmsFor, MIN_RSA_BITS } from './public-keys.ts'

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

/** Types of tokens that name a caller: RFC 7519 and RFC 9068. Others of the same issuer, such as logout tokens, do not. */
const TYPES = ['jwt', 'at+jwt']

/** Returns true for a `typ` header of an access token; one without it counts as such. */
function isAccessToken({ typ }: ProtectedHeaderParameters): boolean {
  if (typ === undefined) return true
  return typeof typ === 'string' && TYPES.includes(typ.toLowerCase().replace(/^application\//, ''))
}

/** Returns true when a token is valid for longer than a token may be. Without an `iat` in the past, its life begins now. */
function outlives({ exp = 0, iat }: JWTPayload, { maxLifetimeS, clockSkewS }: JwtSettings, nowS: number): boolean {
  return iat !== undefined && iat <= nowS ? exp - iat > maxLifetimeS : exp - nowS > maxLifetimeS + clockSkewS
}

/**
 * Returns true when a token would be accepted if only its signature were good. Keys are not fetched for any other, so that
 * strangers who know no more than the address cannot make the gateway fetch them.
 *
 * @param nowS epoch seconds
 */
function isPlausible(token: string, settings: JwtSettings, nowS: number): boolean {
  try {
    const header = decodeProtectedHeader(token)
    const payload = decodeJwt(token)
    const { issuer, audience, clockSkewS } = settings
    return (
      ALGORITHMS.includes(String(header.alg)) &&
      isAccessToken(header) &&
      payload.iss === issuer &&
      (Array.isArray(payload.aud) ? payload.aud.includes(audience) : payload.aud === audience) &&
      typeof payload.exp === 'number' &&
      payload.exp > nowS - clockSkewS &&
      !outlives(payload, settings, nowS)
    )
  } catch {
    return false
  }
}

/** @throws {UnauthenticatedError} for a token that has been verified, and is of another kind or valid for too long */
function checkKind({ protectedHeader, payload }: JWTVerifyResult, settings: JwtSettings, nowS: number): void {
  if (!isAccessToken(protectedHeader)) throw new UnauthenticatedError('invalid', 'header typ: unexpected value')
  if (outlives(payload, settings, nowS)) throw new UnauthenticatedError('invalid', 'claim exp: too long a lifetime')
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
  let fetched: KeySet | null = null
  let only: { readonly key: KeyObject; readonly algorithms: readonly string[] } | null = null
  if ('url' in keys) fetched = createKeySet({ ...keySet, url: keys.url, log })
  else only = readPublicKey(keys.file)
  const algorithms = [...(only?.algorithms ?? ALGORITHMS)]

  const verify = (token: string, getKey: JWTVerifyGetKey) =>
    jwtVerify(token, getKey, { ...checks, algorithms, currentDate: new Date(now()) })

  /** Verifies with the keys that are there, and once more with newer ones when these may hold the right key. */
  async function verifyWithSet(token: string, set: KeySet): Promise<JWTVerifyResult> {
    let kid = ''
    const isWorthFetching = () => isPlausible(token, settings, now() / 1000)
    try {
      return await verify(token, (header, input) => {
        kid = header.kid ?? ''
        return set.find(header, input, isWorthFetching)
      })
    } catch (error) {
      // The issuer may have put another key in the place of this one.
      const isOtherKey = error instanceof errors.JWSSignatureVerificationFailed
      if (!isOtherKey || !isWorthFetching() || !(await set.refresh(kid))) throw error
      return verify(token, (header, input) => set.find(header, input, () => false))
    }
  }

  return async (token) => {
    const verified = await (fetched ? verifyWithSet(token, fetched) : verify(token, () => only!.key)).catch(
      (error: unknown) => {
        if (error instanceof AuthenticationUnavailableError) throw error
        throw new UnauthenticatedError(error instanceof errors.JWTExpired ? 'expired' : 'invalid', reasonOf(error))
      },
    )
    checkKind(verified, settings, now() / 1000)
    const { payload } = verified
    const name = subject.safeParse(payload.sub)
    if (!name.success) throw new UnauthenticatedError('invalid', 'claim sub: not a name')
    const isCurrent = () => now() < ((payload.exp ?? 0) + clockSkewS) * 1000
    if (grantsClaim === null) return new AuthenticatedCaller(name.data, null, isCurrent)
    // A claim that is not there grants nothing either: it may be missing by mistake.
    const granted = grants.safeParse(payload[grantsClaim])
    if (!granted.success) throw new UnauthenticatedError('invalid', 'no grants')
    return new AuthenticatedCaller(name.data, granted.data, isCurrent)
  }
}
