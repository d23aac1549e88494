import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import { MAX_ROWS } from '../ledger/ledger.ts'
import type { Anchor, KeyAnchor, OffsetAnchor, Position } from '../ledger/position.ts'
import type { Instant } from '../values/instant.ts'

/**
 * A position in a list of one or several sources: the position in each of them, by the source's digest, and the instant
 * that the walk has reached. The cursor of an entry also holds which source the entry is from; the anchor of the position
 * in that source is the entry itself. A cursor without an entry marks where reading stopped.
 */
export interface Cursor {
  readonly edge: string | null
  readonly instant: Instant | null
  readonly positions: ReadonlyMap<string, Position>
  /**
   * The sources that failed and were not read up to the cursor's instant since, each with the instant up to which they
   * were; null where it was not read at all.
   */
  readonly lagging: ReadonlyMap<string, Instant | null>
}

const VERSION = 2
const MAC_BYTES = 12
const KEY_BYTES = 5
const KINDS = ['newest', 'oldest', 'older', 'newer', 'instant'] as const
/** Flag beside the kind of a position whose source is lagging. */
const LAGGING = 8

/** Digest of a source's key, as cursors hold it. */
export const sourceDigest = (key: string) => hash('sha256', key, 'hex').slice(0, KEY_BYTES * 2)

const hmac = (key: KeyObject, data: string | Buffer): Buffer => createHmac('sha256', key).update(data).digest()

function writeNumber(bytes: number[], value: bigint): void {
  let rest = value
  do {
    const low = Number(rest & 127n)
    rest >>= 7n
    bytes.push(rest === 0n ? low : low | 128)
  } while (rest !== 0n)
}

const zigzag = (value: bigint) => (value < 0n ? -value * 2n - 1n : value * 2n)
const unzigzag = (value: bigint) => (value % 2n === 0n ? value / 2n : -(value + 1n) / 2n)

const writeHex = (bytes: number[], hex: string) => bytes.push(...Buffer.from(hex, 'hex'))

/** The flag of an anchor that is a key; the other flags are those of offsets, but for the instant's. */
const KEY_FLAG = 32
const INSTANT_FLAG = 4

function writeKeyAnchor(bytes: number[], { key, digest, instant }: KeyAnchor, base: Instant): void {
  bytes.push(KEY_FLAG | (instant === null ? 0 : INSTANT_FLAG))
  const text = Buffer.from(key)
  writeNumber(bytes, BigInt(text.length))
  bytes.push(...text)
  writeHex(bytes, digest)
  if (instant !== null) writeNumber(bytes, zigzag(instant - base))
}

function writeOffsetAnchor(bytes: number[], anchor: OffsetAnchor, base: Instant, omitInexactTotals: boolean): void {
  const { end, totalIsExact, instant, fingerprint } = anchor
  const total = omitInexactTotals && !totalIsExact ? null : anchor.total
  const flags = [end === 'oldest', total !== null, instant !== null, fingerprint !== null, totalIsExact]
  bytes.push(flags.reduce((bits, flag, index) => (flag ? bits | (1 << index) : bits), 0))
  writeNumber(bytes, BigInt(anchor.offset))
  if (total !== null) writeNumber(bytes, BigInt(total))
  writeHex(bytes, anchor.digest)
  if (instant !== null) writeNumber(bytes, zigzag(instant - base))
  if (fingerprint !== null) writeHex(bytes, fingerprint)
}

function writeCursor(cursor: Cursor, omitInexactTotals: boolean): Buffer {
  const bytes: number[] = [VERSION]
  const base = cursor.instant ?? 0n
  bytes.push(cursor.instant === null ? 0 : 1)
  if (cursor.instant !== null) writeNumber(bytes, zigzag(cursor.instant))
  const keys = [...cursor.positions.keys()]
  writeNumber(bytes, BigInt(keys.length))
  writeNumber(bytes, BigInt(cursor.edge === null ? 0 : keys.indexOf(cursor.edge) + 1))
  for (const [key, position] of cursor.positions) {
    writeHex(bytes, key)
    const kind = position.at === 'end' ? position.end : position.at === 'anchor' ? position.side : 'instant'
    const watermark = cursor.lagging.get(key)
    bytes.push(KINDS.indexOf(kind) | (watermark === undefined ? 0 : LAGGING))
    if (watermark !== undefined) writeNumber(bytes, watermark === null ? 0n : zigzag(watermark - base) + 1n)
    if (position.at === 'anchor') {
      if (position.anchor.by === 'key') writeKeyAnchor(bytes, position.anchor, base)
      else writeOffsetAnchor(bytes, position.anchor, base, omitInexactTotals)
    }
    if (position.at === 'instant') writeNumber(bytes, zigzag(position.instant - base))
  }
  return Buffer.from(bytes)
}

class Reader {
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
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
      if (shift > 70n) throw new RangeError('The cursor holds a number that is too long.')
    }
  }

  /** A number of rows. */
  count(): number {
    const value = this.number()
    if (value > MAX_ROWS) throw new RangeError('The cursor holds a number that is too large.')
    return Number(value)
  }

  hex(length: number): string {
    return this.#take(length).toString('hex')
  }

  text(length: number): string {
    return this.#take(length).toString()
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

function readAnchor(reader: Reader, base: Instant): Anchor {
  const flags = reader.byte()
  const instant = () => (flags & INSTANT_FLAG ? base + unzigzag(reader.number()) : null)
  if (flags & KEY_FLAG) {
    const key = reader.text(reader.count())
    return { by: 'key', key, digest: reader.hex(6), instant: instant() }
  }
  return {
    by: 'offset',
    end: flags & 1 ? 'oldest' : 'newest',
    offset: reader.count(),
    total: flags & 2 ? reader.count() : null,
    totalIsExact: (flags & 16) !== 0,
    digest: reader.hex(6),
    instant: instant(),
    fingerprint: flags & 8 ? reader.hex(4) : null,
  }
}

/** Reads what `writeCursor` wrote; returns null for anything else. */
function readCursor(body: Buffer): Cursor | null {
  try {
    const reader = new Reader(body)
    if (reader.byte() !== VERSION) return null
    const instant = reader.byte() === 1 ? unzigzag(reader.number()) : null
    const base = instant ?? 0n
    const count = reader.count()
    const edge = reader.count() - 1
    const positions = new Map<string, Position>()
    const lagging = new Map<string, Instant | null>()
    let edgeKey: string | null = null
    for (let index = 0; index < count; index++) {
      const key = reader.hex(KEY_BYTES)
      const flags = reader.byte()
      const kind = KINDS[flags & ~LAGGING]
      if (kind === undefined) return null
      if (flags & LAGGING) {
        const watermark = reader.number()
        lagging.set(key, watermark === 0n ? null : base + unzigzag(watermark - 1n))
      }
      if (index === edge) edgeKey = key
      if (kind === 'newest' || kind === 'oldest') positions.set(key, { at: 'end', end: kind })
      else if (kind === 'instant') positions.set(key, { at: 'instant', instant: base + unzigzag(reader.number()) })
      else positions.set(key, { at: 'anchor', anchor: readAnchor(reader, base), side: kind })
    }
    if (!reader.isAtEnd) return null
    return { edge: edgeKey, instant, positions, lagging }
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** The cursors of one list. */
export interface ListCursors {
  /** The opaque text of a cursor, URL-safe, about 100 characters for two sources. */
  encode(cursor: Cursor): string
  /** The cursor that a text was made from, or null when this list did not give the text out as it is. */
  decode(text: string): Cursor | null
}

/** Writes and reads cursors that only the holder of a key can make. */
export interface CursorCodec {
  /** @param listKey identifies field, filter and order */
  forList(listKey: string): ListCursors
}

interface CursorCodecOptions {
  /** 32 secret bytes, the same in every process that shall accept the cursors; see `deriveCursorKey`. */
  readonly key: Buffer
  /**
   * True for callers that are bound to some accounts: whoever holds a cursor can read it, and a total that is not exact
   * may count rows of other accounts.
   */
  readonly omitInexactTotals: boolean
}

/** The cursors of one list; their key is derived when the first of them is written or read. */
class KeyedCursors implements ListCursors {
  readonly #masterKey: KeyObject
  readonly #listKey: string
  readonly #omitInexactTotals: boolean
  #macKey: KeyObject | null = null

  constructor(masterKey: KeyObject, listKey: string, omitInexactTotals: boolean) {
    this.#masterKey = masterKey
    this.#listKey = listKey
    this.#omitInexactTotals = omitInexactTotals
  }

  encode(cursor: Cursor): string {
    const body = writeCursor(cursor, this.#omitInexactTotals)
    return Buffer.concat([this.#macOf(body), body]).toString('base64url')
  }

  decode(text: string): Cursor | null {
    const bytes = Buffer.from(text, 'base64url')
    // Text that decodes to the same bytes in another spelling was not given out either.
    if (bytes.length < MAC_BYTES || bytes.toString('base64url') !== text) return null
    const body = bytes.subarray(MAC_BYTES)
    return timingSafeEqual(this.#macOf(body), bytes.subarray(0, MAC_BYTES)) ? readCursor(body) : null
  }

  #macOf(body: Buffer): Buffer {
    // A key for each list ties a cursor to its list without hashing the whole filter for every entry.
    this.#macKey ??= createSecretKey(hmac(this.#masterKey, this.#listKey))
    return hmac(this.#macKey, body).subarray(0, MAC_BYTES)
  }
}

export function createCursorCodec({ key, omitInexactTotals }: CursorCodecOptions): CursorCodec {
  // Node takes five times as long for an HMAC whose key is a buffer.
  const masterKey = createSecretKey(key)
  return { forList: (listKey) => new KeyedCursors(masterKey, listKey, omitInexactTotals) }
}
