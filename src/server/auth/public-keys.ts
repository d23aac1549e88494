import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ConfigError } from '../../errors.ts'
import { isJsonObject } from '../../values/exact-json.ts'

/** Asymmetric signature algorithms. With a shared secret, every verifier could also create tokens. */
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const EDDSA = ['EdDSA', 'Ed25519']
const ECDSA: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }
export const ALGORITHMS: readonly string[] = [...RSA, ...EDDSA, ...Object.values(ECDSA)]
const MIN_RSA_BITS = 2048

/** A key that verifies tokens, with the algorithms it may be used with. */
export interface PublicKey {
  readonly key: KeyObject
  readonly algorithms: readonly string[]
}

/** Returns the algorithms that a public key can be used with; none when it is too short or of another type. */
function algorithmsFor({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly string[] {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails ?? {}
  if (asymmetricKeyType === 'rsa') return modulusLength >= MIN_RSA_BITS ? RSA : []
  if (asymmetricKeyType === 'ec') return Object.hasOwn(ECDSA, namedCurve) ? [ECDSA[namedCurve]!] : []
  return asymmetricKeyType === 'ed25519' ? EDDSA : []
}

/** Returns true when a JSON Web Key can verify a signature of one of {@link ALGORITHMS}. */
export function canVerify(jwk: Readonly<Record<string, unknown>>): boolean {
  if (jwk.use !== undefined && jwk.use !== 'sig') return false
  if (Array.isArray(jwk.key_ops) && !jwk.key_ops.includes('verify')) return false
  try {
    const algorithms = algorithmsFor(createPublicKey({ key: jwk, format: 'jwk' }))
    return algorithms.length > 0 && (jwk.alg === undefined || algorithms.includes(String(jwk.alg)))
  } catch {
    return false
  }
}

/**
 * Reads one public key, PEM or JWK, from the file of JWT_PUBLIC_KEY_FILE.
 * @throws {ConfigError} when the file has no usable public key
 */
export function readPublicKey(file: string): PublicKey {
  const configError = (expected: string) => new ConfigError([`JWT_PUBLIC_KEY_FILE: expected ${expected}`])
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
    throw configError(`a file that can be read${code}`)
  }
  let key: KeyObject
  let only: unknown
  try {
    const jwk: unknown = text.trimStart().startsWith('{') ? JSON.parse(text) : null
    // Node would accept a private key and derive the public one, but a private key must not be stored here.
    if (isJsonObject(jwk) ? 'd' in jwk : text.includes('PRIVATE KEY'))
      throw configError('a public key, not a private one')
    key = createPublicKey(isJsonObject(jwk) ? { key: jwk, format: 'jwk' } : text)
    only = isJsonObject(jwk) ? jwk.alg : undefined
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw configError('a public key as PEM or JWK')
  }
  const algorithms = algorithmsFor(key).filter((algorithm) => only === undefined || algorithm === only)
  if (algorithms.length === 0) {
    throw configError(`an RSA key of ${MIN_RSA_BITS} bits or more, a key on P-256, P-384 or P-521, or an Ed25519 key`)
  }
  return { key, algorithms }
}
