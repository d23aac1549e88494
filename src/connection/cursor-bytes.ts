import { MAX_ROWS } from '../ledger/ledger.ts'

/** Maps a number of either sign to one that is not negative; small ones stay small. */
export const zigzag = (value: bigint) => (value < 0n ? -value * 2n - 1n : value * 2n)
/** The inverse of `zigzag`. */
export const unzigzag = (value: bigint) => (value % 2n === 0n ? value / 2n : -(value + 1n) / 2n)

/** Long enough for the cursor of two sources. */
const USUAL_BYTES = 256

/** Writes bytes behind some space that is left free. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(USUAL_BYTES)
  #at: number

  /** @param space bytes to leave free in front */
  constructor(space: number) {
    this.#at = space
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#at++] = value
  }

  /** A number of rows or bytes. */
  count(value: number): void {
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128)) this.byte((rest % 128) + 128)
    this.byte(rest)
  }

  /** A number that is not negative. */
  number(value: bigint): void {
    let rest = value
    // Four bytes at a time: operations on bigints are slow.
    for (; rest > 0xfff_ffffn; rest >>= 28n) {
      const low = Number(rest & 0xfff_ffffn)
      for (let shift = 0; shift < 28; shift += 7) this.byte(((low >>> shift) & 127) | 128)
    }
    this.count(Number(rest))
  }

  /** A number of either sign. */
  signed(value: bigint): void {
    this.number(zigzag(value))
  }

  hex(text: string): void {
    const length = text.length / 2
    this.#reserve(length)
    this.#at += this.#bytes.write(text, this.#at, length, 'hex')
  }

  /** A text behind the number of its bytes. */
  text(value: string): void {
    const length = Buffer.byteLength(value)
    this.count(length)
    this.#reserve(length)
    this.#at += this.#bytes.write(value, this.#at, length)
  }

  /** The free space, and what was written. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#at + length))
    this.#bytes.copy(larger)
    this.#bytes = larger
  }
}

/**
 * Reads what `ByteWriter` wrote. Each method throws `RangeError` when the bytes end too early, or hold a number that is too large.
 */
export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new RangeError('The cursor ends too early.')
    return byte
  }

  number(): bigint {
    let value = 0n
    // Four bytes at a time: operations on bigints are slow.
    for (let shift = 0n; shift < 84n; shift += 28n) {
      let part = 0
      for (let partShift = 0; partShift < 28; partShift += 7) {
        const byte = this.byte()
        part |= (byte & 127) << partShift
        if (byte < 128) return value | (BigInt(part) << shift)
      }
      value |= BigInt(part) << shift
    }
    throw new RangeError('The cursor holds a number that is too long.')
  }

  signed(): bigint {
    return unzigzag(this.number())
  }

  /** A number of rows or bytes. */
  count(): number {
    const value = this.number()
    if (value > MAX_ROWS) throw new RangeError('The cursor holds a number that is too large.')
    return Number(value)
  }

  hex(length: number): string {
    return this.#take(length).toString('hex')
  }

  text(): string {
    return this.#take(this.count()).toString()
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new RangeError('The cursor ends too early.')
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }
}
