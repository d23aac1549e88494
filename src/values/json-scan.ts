const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const LETTER_E = 0x65
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** Numbers in containers at deeper levels are not located. */
const MAX_LOCATED_DEPTH = 64

/** The place of a value in its container: an index or a key. */
type Place = number | string

/** A number literal that a double does not reproduce. */
export interface InexactNumber {
  readonly place: Place
  readonly literal: string
}

/** An array or object that holds such numbers, directly or further below. */
export interface InexactContainer {
  readonly place: Place
  /** The number of its members as written; a repeated key counts each time. */
  size: number
  readonly parts: (InexactNumber | InexactContainer)[]
}

/** The result of a scan. It describes the text only if `JSON.parse` accepts it. */
export interface JsonScan {
  /** The commas outside of strings; each separates two values. */
  readonly commas: number
  /** The levels of nested arrays and objects. */
  readonly depth: number
  /** The inexact numbers, below an array whose only item is the whole value; null when there are none. */
  readonly inexact: InexactContainer | null
  /**
   * True when `JSON.parse` may lose keys or digits: there are inexact numbers too deep to be located, or keys with escapes,
   * which V8 misreads in objects that resemble earlier ones (seen in Node 24.21: `x\\u007b` becomes `x\\`).
   */
  readonly isIrregular: boolean
}

/**
 * Scans a JSON text once, before it is parsed. It never throws; the scan of a text that is not JSON says nothing about it.
 * @param maxCommas the scan ends after one more
 */
export function scanJson(text: string, maxCommas = Number.POSITIVE_INFINITY): JsonScan {
  const levels = new Levels(text)
  let level = levels.current
  let commas = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      levels.stringAt = at
      at = endOfString(text, at)
      levels.stringEnd = at
    } else if (code === COLON) {
      levels.beginMember()
    } else if (code === COMMA) {
      level.size++
      commas++
      if (commas > maxCommas) break
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      level = levels.open(code === OPEN_BRACKET)
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (levels.depth === 0) break
      level = levels.close()
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = endOfNumber(text, at)
      if (!isExact(text, at, end)) levels.add(text.slice(at, end))
      at = end - 1
    }
  }
  return { commas, depth: levels.deepest, inexact: levels.outermost.container, isIrregular: levels.isIrregular }
}

/** The container that is open at one level; reused for those that follow at the same level. */
class Level {
  isArray = true
  /** The members so far, without the current one. */
  size = 0
  /** Start and end of the key of the current member. */
  keyAt = 0
  keyEnd = 0
  /** Null as long as no inexact number has been found in it. */
  container: InexactContainer | null = null
}

/** The open containers of a text. The outermost is an array with the whole value as its only item. */
class Levels {
  depth = 0
  deepest = 0
  isIrregular = false
  /** Start and end of the latest string. */
  stringAt = 0
  stringEnd = 0
  readonly outermost = new Level()
  current = this.outermost
  readonly #text: string
  readonly #levels = [this.outermost]
  /** The index of the first backslash that is not before the latest key. */
  #backslashAt: number

  constructor(text: string) {
    this.#text = text
    this.#backslashAt = this.#backslashFrom(0)
  }

  open(isArray: boolean): Level {
    this.depth++
    if (this.depth > this.deepest) {
      this.deepest = this.depth
      if (this.depth <= MAX_LOCATED_DEPTH + 1) this.#levels.push(new Level())
    }
    const level = this.#at(this.depth)
    level.isArray = isArray
    level.size = 0
    level.container = null
    this.current = level
    return level
  }

  close(): Level {
    const { container, size } = this.current
    if (container !== null) container.size = size + 1
    this.depth--
    this.current = this.#at(this.depth)
    return this.current
  }

  /** Begins a member with the latest string as its key. */
  beginMember(): void {
    const { current, stringAt, stringEnd } = this
    current.keyAt = stringAt
    current.keyEnd = stringEnd
    if (this.#backslashAt < stringAt) this.#backslashAt = this.#backslashFrom(stringAt)
    if (this.#backslashAt < stringEnd) this.isIrregular = true
  }

  /** Adds an inexact number as the current member. */
  add(literal: string): void {
    if (this.depth > MAX_LOCATED_DEPTH) this.isIrregular = true
    else this.#containerAt(this.depth).parts.push({ place: this.#placeAt(this.depth), literal })
  }

  #at(depth: number): Level {
    return this.#levels[Math.min(depth, MAX_LOCATED_DEPTH + 1)]!
  }

  #containerAt(depth: number): InexactContainer {
    const level = this.#at(depth)
    if (level.container !== null) return level.container
    if (depth === 0) {
      level.container = { place: 0, size: 1, parts: [] }
      return level.container
    }
    const container: InexactContainer = { place: this.#placeAt(depth - 1), size: 0, parts: [] }
    level.container = container
    this.#containerAt(depth - 1).parts.push(container)
    return container
  }

  /** Returns the place of the current member at a level. */
  #placeAt(depth: number): Place {
    const { isArray, size, keyAt, keyEnd } = this.#at(depth)
    return isArray ? size : this.#text.slice(keyAt + 1, keyEnd)
  }

  #backslashFrom(start: number): number {
    const at = this.#text.indexOf('\\', start)
    return at === -1 ? this.#text.length : at
  }
}

/** Returns the index of the quote that ends the string at `start`; the length of the text when there is none. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

function isEscaped(text: string, at: number): boolean {
  let first = at
  while (text.charCodeAt(first - 1) === BACKSLASH) first--
  return (at - first) % 2 === 1
}

/** Returns the index behind the number literal at `start`. */
export function endOfNumber(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && isNumberPart(text.charCodeAt(at))) at++
  return at
}

/** Returns true for digits, signs, points, and the letter of an exponent. */
function isNumberPart(code: number): boolean {
  return (
    (code >= ZERO && code <= NINE) || code === POINT || code === MINUS || code === PLUS || (code | 0x20) === LETTER_E
  )
}

/** Returns true when a double reproduces a number literal. */
function isExact(text: string, start: number, end: number): boolean {
  if (end - start <= 15) {
    const point = pointIn(text, start, end)
    // A negative zero is the only short integer that a double does not reproduce.
    if (point === 0) return text.charCodeAt(start) !== MINUS || text.charCodeAt(start + 1) !== ZERO
    // `String` writes no zeros at the end of a fraction, and an exponent for a fraction that begins with six zeros.
    if (point > 0 && text.charCodeAt(end - 1) === ZERO) return false
    if (point > 0 && end - point <= 7) return true
  }
  const literal = text.slice(start, end)
  return String(Number(literal)) === literal
}

/** Returns the index of the point in a number literal; 0 without one, -1 for a literal with an exponent. */
function pointIn(text: string, start: number, end: number): number {
  let point = 0
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === POINT) point = at
    else if (code > NINE || code === PLUS) return -1
  }
  return point
}
