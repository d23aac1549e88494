import type { IncomingHttpHeaders } from 'node:http'

/** Reads headers by their names in lower case. `Headers` is one, so a rule reads requests of Yoga and of Node alike. */
export interface HeaderReader {
  /** Returns the value of a header; null when it is missing. Rules that ask whether there is one treat an empty value as none, as Yoga's `Headers` does. */
  get(name: string): string | null
}

/** Reads the headers of a Node request. */
export class NodeHeaders implements HeaderReader {
  readonly #headers: IncomingHttpHeaders

  constructor(headers: IncomingHttpHeaders) {
    this.#headers = headers
  }

  get(name: string): string | null {
    const value = this.#headers[name]
    if (value === undefined) return null
    return typeof value === 'string' ? value : value.join(', ')
  }
}
