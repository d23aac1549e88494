import type { Environment } from './environment.ts'
import { variables } from './variables.ts'

/** Edits that turn one name into another may be one for so many characters, and at least two. */
const CHARACTERS_PER_EDIT = 5
/** Shorter names are near to too many others. */
const MIN_LENGTH = 6

/** Names that Kubernetes adds to a container, for each service of its namespace. */
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP)(?:_\w+)?)?)$/

/** Returns the number of characters to insert, remove or replace (Levenshtein distance). */
function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [row, character] of [...one].entries()) {
    const current = [row + 1]
    for (const [column, compared] of [...other].entries()) {
      const replaced = previous[column]! + (character === compared ? 0 : 1)
      current.push(Math.min(replaced, previous[column + 1]! + 1, current[column]! + 1))
    }
    previous = current
  }
  return previous[other.length]!
}

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

/** Returns the nearest of several names, with the number of edits that lead to it. */
function findNearest(name: string, known: readonly string[]) {
  const candidates = known.map((other) => ({ name: other, edits: editDistance(name, other) }))
  return candidates.reduce((one, other) => (other.edits < one.edits ? other : one))
}

/** Returns the known name that a name was probably meant to be; null for a name of other software. */
function findMeant(name: string, known: readonly string[], prefixes: readonly string[]): string | null {
  const upper = name.toUpperCase()
  const prefix = prefixes.find((own) => upper.startsWith(own))
  const nearest = findNearest(upper, prefix === undefined ? known : known.filter((other) => other.startsWith(prefix)))
  const maxEdits = name.length < MIN_LENGTH ? 0 : Math.max(2, Math.floor(name.length / CHARACTERS_PER_EDIT))
  return prefix !== undefined || nearest.edits <= maxEdits ? nearest.name : null
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
    if (names.has(name) || SERVICE_LINK.test(name) || !environment[name]?.trim()) return []
    const meant = findMeant(name, known, prefixes)
    return meant === null
      ? []
      : [
          `${name}: unknown variable, the nearest known one is ${meant}; IGNORED_VARIABLES allows names of other software`,
        ]
  })
}
