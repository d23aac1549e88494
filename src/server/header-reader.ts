/** Reads headers by their names in lower case. `Headers` is one, so a rule reads requests of Yoga and of Node alike. */
export interface HeaderReader {
  /** Returns the value of a header; null when it is missing. */
  get(name: string): string | null
}
