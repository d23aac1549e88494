import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32

/**
 * Encrypts values with a key that is derived from a secret, so that Redis never holds a usable token or a readable ledger. Names of keys
 * are digests under another such key. A value is bound to its name: it cannot be read under another one.
 */
export class Sealing {
  readonly #nameKey: Buffer
  readonly #valueKey: Buffer

  constructor(secret: string) {
    const keys = Buffer.from(hkdfSync('sha256', secret, '', 'transactions-gateway shared state', 2 * KEY_BYTES))
    this.#nameKey = keys.subarray(0, KEY_BYTES)
    this.#valueKey = keys.subarray(KEY_BYTES)
  }

  /** Returns the digest of a name. */
  nameOf(text: string): string {
    return createHmac('sha256', this.#nameKey).update(text).digest('base64url')
  }

  /** @param content text, or bytes */
  seal(name: string, content: string | Uint8Array): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(CIPHER, this.#valueKey, nonce).setAAD(Buffer.from(name))
    const encrypted = typeof content === 'string' ? cipher.update(content, 'utf8') : cipher.update(content)
    return Buffer.concat([nonce, encrypted, cipher.final(), cipher.getAuthTag()]).toString('base64')
  }

  /** Returns null for what was not sealed with the same secret under the same name. */
  unseal(name: string, sealed: string): Buffer | null {
    const bytes = Buffer.from(sealed, 'base64')
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return null
    try {
      const decipher = createDecipheriv(CIPHER, this.#valueKey, bytes.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(name))
        .setAuthTag(bytes.subarray(-TAG_BYTES))
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
    } catch {
      return null
    }
  }
}
