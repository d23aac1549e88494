import type { JsonObject } from '../../upstream/wire.ts'
import { isJsonObject } from '../../values/exact-json.ts'
import { setMember } from '../../values/json-reader.ts'

const SECRET_KEY = /(?:token|secret|secretkey|passw(?:or)?d|apikey|privatekey|googleid|authorization)$/

/** Documented names have fewer characters, and an answer has few names, so that remembering them takes little memory. */
const MAX_REMEMBERED_KEYS = 1000
const MAX_REMEMBERED_CHARACTERS = 64
/** Remembers which keys hold secrets: the same few keys come with every row. */
const secretKeys = new Map<string, boolean>()

/** Returns true for the name of a secret, in any case and with any separators. */
function isSecretKey(key: string): boolean {
  const known = secretKeys.get(key)
  if (known !== undefined) return known
  const isSecret = SECRET_KEY.test(key.replace(/[^a-z0-9]/gi, '').toLowerCase())
  if (secretKeys.size === MAX_REMEMBERED_KEYS) secretKeys.clear()
  if (key.length <= MAX_REMEMBERED_CHARACTERS) secretKeys.set(key, isSecret)
  return isSecret
}

/**
 * Removes secrets from an answer, at any depth: every account that Vobiz returns carries that customer's live `auth_token`.
 * Every answer passes through here before anything else reads it. Returns the same value when it holds no secret, as an
 * answer with entries does.
 */
export function dropSecrets(value: unknown): unknown {
  return isContainer(value) && holdsSecret(value) ? copyWithoutSecrets(value) : value
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Visits every key of every row, so it makes no lists of keys, and no calls for members that are no objects. */
function holdsSecret(container: object): boolean {
  if (Array.isArray(container)) {
    for (const member of container) {
      if (isContainer(member) && holdsSecret(member)) return true
    }
    return false
  }
  for (const key in container) {
    if (isSecretKey(key)) return true
    const member = (container as JsonObject)[key]
    if (isContainer(member) && holdsSecret(member)) return true
  }
  return false
}

function copyWithoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyWithoutSecrets)
  if (!isJsonObject(value)) return value
  const copy: Record<string, unknown> = {}
  for (const key in value) {
    if (isSecretKey(key)) continue
    const member = value[key]
    setMember(copy, key, isContainer(member) ? copyWithoutSecrets(member) : member)
  }
  return copy
}
