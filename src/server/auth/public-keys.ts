import { createPublicKey, type KeyObject } from 'node:crypto'

/** Asymmetric signature algorithms. With a shared secret, every verifier could also create tokens. */
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const EDDSA = ['EdDSA', 'Ed25519']
const ECDSA: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }
export const ALGORITHMS: readonly string[] = [...RSA, ...EDDSA, ...Object.values(ECDSA)]
export const MIN_RSA_BITS = 2048

/** Returns the algorithms that a public key can be used with; none when it is too short or of another type. */
export function algorithmsFor({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly string[] {
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
