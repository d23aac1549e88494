/** Maximum number of characters that a {@link LineCollector} holds. */
const MAX_COLLECTED = 16 * 1024

/**
 * Collects lines and writes them together at the end of the turn of the event loop, because a write costs more than a line. The order
 * of lines stays.
 */
export class LineCollector {
  readonly #write: (lines: string) => void
  #lines = ''

  constructor(write: (lines: string) => void) {
    this.#write = write
  }

  add(line: string): void {
    if (this.#lines === '') setImmediate(this.flush)
    this.#lines += line
    if (this.#lines.length >= MAX_COLLECTED) this.flush()
  }

  /** Writes the collected lines at once. */
  readonly flush = () => {
    const lines = this.#lines
    this.#lines = ''
    if (lines !== '') this.#write(lines)
  }
}
