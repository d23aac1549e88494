import type { Environment } from './environment.ts'
import { variables } from './variables.ts'

/** Edits that turn one name into another may be one for so many characters, and at least two. */
const CHARACTERS_PER_EDIT = 5
/** Shorter names are near to too many others. */
const MIN_LENGTH = 6

/** Names that Kubernetes adds to a container, for each service of its namespace. */
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP)(?:_\w+)?)$/
/** One more of these names is that of any port, but its value is an address. */
const SERVICE_ADDRESS = { name: /_PORT$/, value: /^(?:tcp|udp|sctp):\/\//i }

/** Names that systemd adds for the folders of a unit, such as `CACHE_DIRECTORY` for `CacheDirectory=`. */
const UNIT_DIRECTORY = /^(?:CACHE|CONFIGURATION|CREDENTIALS|LOGS|RUNTIME|STATE)_DIRECTORY$/

/** The beginning of the names that the OpenTelemetry specification defines. */
const OPENTELEMETRY = 'OTEL_'

/**
 * Returns the number of characters to insert, remove or replace (Levenshtein distance); infinity as soon as it is certain to reach a
 * limit, which most pairs of names do within a few characters.
 */
function editDistance(one: string, other: string, limit: number): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 0; row < one.length; row++) {
    const current = [row + 1]
    for (let column = 0; column < other.length; column++) {
      const replaced = previous[column]! + (one[row] === other[column] ? 0 : 1)
      current.push(Math.min(replaced, previous[column + 1]! + 1, current[column]! + 1))
    }
    if (Math.min(...current) >= limit) return Number.POSITIVE_INFINITY
    previous = current
  }
  return previous[other.length]!
}

/** Returns true for a variable that Kubernetes adds for a service. */
const isServiceLink = (name: string, value: string) =>
  SERVICE_LINK.test(name) || (SERVICE_ADDRESS.name.test(name) && SERVICE_ADDRESS.value.test(value))

/** Returns the words with which both names begin. */
function sharedWords(one: string, other: string): string {
  const words = one.split('_')
  const others = other.split('_')
  const differing = words.findIndex((word, index) => word !== others[index])
  return words.slice(0, differing === -1 ? words.length : differing).join('_')
}

/**
 * Returns the prefixes of the gateway's names: the words with which at least two of them begin, such as `JWT_`. A word of one
 * name alone, such as `LOG`, is no prefix, because other software uses it too.
 */
export function prefixesOf(known: readonly string[]): readonly string[] {
  const byWord = Map.groupBy(known, (name) => name.split('_', 1)[0])
  return [...byWord.values()].filter((names) => names.length > 1).map((names) => `${names.reduce(sharedWords)}_`)
}

/** Returns the nearest of several names that at most so many edits lead to; null when there is none. */
function findNearest(name: string, known: readonly string[], maxEdits: number): string | null {
  let nearest: string | null = null
  let fewest = maxEdits + 1
  for (const other of known) {
    // Names of other lengths need at least so many edits, and most names end here.
    if (Math.abs(other.length - name.length) >= fewest) continue
    const edits = editDistance(name, other, fewest)
    if (edits >= fewest) continue
    nearest = other
    fewest = edits
  }
  return nearest
}

/** Returns the known name that a name was probably meant to be; null for a name of other software. */
function findMeant(name: string, known: readonly string[], prefixes: readonly string[]): string | null {
  const upper = name.toUpperCase()
  const prefix = prefixes.find((own) => upper.startsWith(own))
  if (prefix !== undefined) {
    const own = known.filter((other) => other.startsWith(prefix))
    return findNearest(upper, own, Number.POSITIVE_INFINITY)
  }
  if (name.length < MIN_LENGTH) return null
  return findNearest(upper, known, Math.max(2, Math.floor(name.length / CHARACTERS_PER_EDIT)))
}

/**
 * Finds variables that are probably misspelt: they begin with a prefix of the gateway's names, or they are near to one of the
 * names. Blank ones count as unset.
 *
 * @param known the names of all variables that are read
 * @returns a line for each, with the nearest known name
 */
export function findUnknownVariables(environment: Environment, known: readonly string[]): string[] {
  const ignored = variables.shape.IGNORED_VARIABLES.safeParse(environment.IGNORED_VARIABLES?.trim() || undefined)
  const names = new Set([...known, ...(ignored.data ?? [])])
  const prefixes = prefixesOf(known)
  return Object.keys(environment).flatMap((name) => {
    if (names.has(name) || UNIT_DIRECTORY.test(name) || name.startsWith(OPENTELEMETRY)) return []
    const value = environment[name]?.trim()
    if (!value || isServiceLink(name, value)) return []
    const meant = findMeant(name, known, prefixes)
    return meant === null
      ? []
      : [
          `${name}: unknown variable, the nearest known one is ${meant}; IGNORED_VARIABLES allows names of other software`,
        ]
  })
}
