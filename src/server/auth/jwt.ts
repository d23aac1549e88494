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
import { AuthenticationUnavailableError, UnauthenticatedError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { AuthenticatedCaller, type Caller } from '../../operation.ts'
import { grantsSchema } from './grants.ts'
import { createKeySet, type KeySet, type KeySetOptions } from './key-set.ts'
import { ALGORITHMS, type PublicKey } from './public-keys.ts'

export interface JwtOptions {
  readonly settings: JwtSettings
  /** The one key that verifies tokens, or the address of a key set. */
  readonly keys: PublicKey | { readonly url: string }
  /** The values of the enum `Provider`, which grants may name. */
  readonly providers: readonly string[]
  readonly log: Log
  /** The clock, in epoch milliseconds. */
  readonly now?: () => number
  readonly keySet?: Pick<KeySetOptions, 'timeoutMs' | 'elapsed' | 'network'>
}

/** The claim `sub`, which names the caller in the log and in limits. */
const subject = z.string().min(1).max(255)

/** Returns the reason of a rejection for the log. It contains nothing from the token. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired) {
    return `claim ${error.claim}: ${error.reason}`
  }
  if (error instanceof errors.JOSEError) return error.code
  return error instanceof Error ? error.name : 'unknown'
}

/** Types of tokens that identify a caller (RFC 7519, RFC 9068). Other tokens of an issuer, such as logout tokens, do not. */
const TYPES = ['jwt', 'at+jwt']

/** Returns true when `typ` is that of an access token, or is missing. */
function isAccessToken({ typ }: ProtectedHeaderParameters): boolean {
  if (typ === undefined) return true
  return typeof typ === 'string' && TYPES.includes(typ.toLowerCase().replace(/^application\//, ''))
}

/** Returns true when the lifetime of a token exceeds the maximum. Without an `iat` in the past it is counted from now. */
function exceedsMaxLifetime(
  { exp = 0, iat }: JWTPayload,
  { maxLifetimeS, clockSkewS }: JwtSettings,
  nowS: number,
): boolean {
  return iat !== undefined && iat <= nowS ? exp - iat > maxLifetimeS : exp - nowS > maxLifetimeS + clockSkewS
}

/**
 * Returns true when a token would be accepted if its signature were valid. Keys are fetched only for such tokens, so that
 * arbitrary tokens cannot make the gateway send requests to the issuer.
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
      !exceedsMaxLifetime(payload, settings, nowS)
    )
  } catch {
    return false
  }
}

/** @throws {UnauthenticatedError} when a verified token is not an access token or its lifetime is too long */
function checkKind({ protectedHeader, payload }: JWTVerifyResult, settings: JwtSettings, nowS: number): void {
  if (!isAccessToken(protectedHeader)) throw new UnauthenticatedError('invalid', 'header typ: unexpected value')
  if (exceedsMaxLifetime(payload, settings, nowS))
    throw new UnauthenticatedError('invalid', 'claim exp: too long a lifetime')
}

/**
 * Authenticates callers by tokens that an issuer has signed. A token needs this gateway as its audience, the caller in `sub`,
 * an expiry, and grants.
 *
 * @returns a function that resolves to the caller of a token. It rejects with an {@link UnauthenticatedError} when the token
 * is not valid, and with an {@link AuthenticationUnavailableError} when the issuer's keys are not available
 */
export function createJwt({
  settings,
  keys,
  providers,
  log,
  now = Date.now,
  keySet = {},
}: JwtOptions): (token: string) => Promise<Caller> {
  const { issuer, audience, clockSkewS, grantsClaim } = settings
  const grants = grantsSchema(providers)
  const checks = { issuer, audience, clockTolerance: clockSkewS, requiredClaims: ['exp'] }
  let fetched: KeySet | null = null
  let only: PublicKey | null = null
  if ('url' in keys) fetched = createKeySet({ ...keySet, url: keys.url, log })
  else only = keys
  const algorithms = [...(only?.algorithms ?? ALGORITHMS)]

  const verify = (token: string, getKey: JWTVerifyGetKey) =>
    jwtVerify(token, getKey, { ...checks, algorithms, currentDate: new Date(now()) })

  /** Verifies with the known keys, and once more with newly fetched ones when these may include the right key. */
  async function verifyWithSet(token: string, set: KeySet): Promise<JWTVerifyResult> {
    let kid = ''
    const shouldFetch = () => isPlausible(token, settings, now() / 1000)
    try {
      return await verify(token, (header, input) => {
        kid = header.kid ?? ''
        return set.find(header, input, shouldFetch)
      })
    } catch (error) {
      // The issuer may have replaced this key under the same id.
      const isOtherKey = error instanceof errors.JWSSignatureVerificationFailed
      if (!isOtherKey || !shouldFetch() || !(await set.refresh(kid))) throw error
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
    // A missing claim grants nothing, because it may be missing by mistake.
    const granted = grants.safeParse(payload[grantsClaim])
    if (!granted.success) throw new UnauthenticatedError('invalid', 'no grants')
    return new AuthenticatedCaller(name.data, granted.data, isCurrent)
  }
}
