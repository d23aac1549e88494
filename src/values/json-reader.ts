import { endOfNumber, endOfString } from './json-scan.ts'

/**
 * Reads a text that `JSON.parse` accepts, value by value. It is slower, and used for texts in which `JSON.parse` loses keys
 * or digits.
 * @param toNumber returns the value of a number literal
 */
export function readJson(text: string, toNumber: (literal: string) => unknown): unknown {
  return new JsonReader(text, toNumber).value()
}

/** Sets a member with any key; assignment to `__proto__` would set the prototype. */
export function setMember(members: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') members[key] = value
  else Object.defineProperty(members, key, { value, configurable: true, enumerable: true, writable: true })
}

class JsonReader {
  readonly #text: string
  readonly #toNumber: (literal: string) => unknown
  #at = 0

  constructor(text: string, toNumber: (literal: string) => unknown) {
    this.#text = text
    this.#toNumber = toNumber
  }

  value(): unknown {
    this.#skipBlanks()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object()
      case '[':
        return this.#array()
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', true)
      case 'f':
        return this.#word('false', false)
      case 'n':
        return this.#word('null', null)
      default:
        return this.#toNumber(this.#take(endOfNumber(this.#text, this.#at)))
    }
  }

  #object(): Record<string, unknown> {
    const members: Record<string, unknown> = {}
    while (this.#hasNext('}')) {
      const key = this.#string()
      this.#skipBlanks()
      // The colon.
      this.#at++
      setMember(members, key, this.value())
    }
    return members
  }

  #array(): unknown[] {
    const items: unknown[] = []
    while (this.#hasNext(']')) items.push(this.value())
    return items
  }

  /** Moves over the opening bracket or a comma to the next member. Returns false behind the end of the container. */
  #hasNext(end: string): boolean {
    this.#skipBlanks()
    if (this.#text[this.#at] !== end) {
      this.#at++
      this.#skipBlanks()
    }
    if (this.#text[this.#at] !== end) return true
    this.#at++
    return false
  }

  #string(): string {
    const literal = this.#take(endOfString(this.#text, this.#at) + 1)
    return literal.includes('\\') ? JSON.parse(literal) : literal.slice(1, -1)
  }

  #word<T>(word: string, value: T): T {
    this.#at += word.length
    return value
  }

  #take(end: number): string {
    const taken = this.#text.slice(this.#at, end)
    this.#at = end
    return taken
  }

  #skipBlanks(): void {
    // Of the characters up to the blank, JSON allows only blanks between its tokens.
    while (this.#text.charCodeAt(this.#at) <= 0x20) this.#at++
  }
}
