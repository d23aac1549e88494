import { hkdfSync, randomBytes } from 'node:crypto'

const KEY_BYTES = 32
/** Changes with the format of cursors, so that a key serves one format only. */
const PURPOSE = 'transactions-gateway cursors v2'

/**
 * Derives the key of cursors with HKDF-SHA256: from the secret where there is one, otherwise from the secrets of all
 * providers. The same configuration gives the same key, so cursors stay valid over restarts and in other processes. Without
 * any secret the key is random.
 *
 * @param providerSecrets by the provider's name, in any order
 */
export function deriveCursorKey(secret: string | null, providerSecrets: ReadonlyMap<string, string>): Buffer {
  if (secret === null && providerSecrets.size === 0) return randomBytes(KEY_BYTES)
  const sorted = [...providerSecrets].sort(([a], [b]) => (a < b ? -1 : 1))
  const material = secret ?? JSON.stringify(sorted)
  return Buffer.from(hkdfSync('sha256', material, '', PURPOSE, KEY_BYTES))
}
