import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Anchor, KeyAnchor, OffsetAnchor, Position } from '../ledger/position.ts'
import type { Instant } from '../values/instant.ts'
import { ByteReader, ByteWriter, unzigzag, zigzag } from './cursor-bytes.ts'
import { type CutCursor, readCutCursor, writeCutCursor } from './cut-cursor.ts'

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

/** A cursor of any list. */
export type AnyCursor = Cursor | CutCursor

/** Returns true for a cursor of a list of many sources. */
export const isCutCursor = (cursor: AnyCursor): cursor is CutCursor => 'tally' in cursor

const VERSION = 2
const CUT_VERSION = 3
const MAC_BYTES = 12
const KEY_BYTES = 5
const PAGE_BYTES = 6
const KINDS = ['newest', 'oldest', 'older', 'newer', 'instant'] as const
/** Flag beside the kind of a position whose source is lagging. */
const LAGGING = 8

/** Digest of a source's key, as cursors hold it. */
export const sourceDigest = (key: string) => hash('sha256', key, 'hex').slice(0, KEY_BYTES * 2)

/** The most lists whose keys are kept, and the most characters of one: callers choose the filters in them. */
const MAX_KEPT_LISTS = 2000
const MAX_KEPT_KEY = 500

const hmac = (key: KeyObject, data: string | Buffer): Buffer => createHmac('sha256', key).update(data).digest()

/** The flag of an anchor that is a key; the other flags are those of offsets, but for the instant's. */
const KEY_FLAG = 32
const END_FLAG = 1
const TOTAL_FLAG = 2
const INSTANT_FLAG = 4
const FINGERPRINT_FLAG = 8
const EXACT_FLAG = 16

function writeKeyAnchor(writer: ByteWriter, { key, digest, instant }: KeyAnchor, base: Instant): void {
  writer.byte(KEY_FLAG | (instant === null ? 0 : INSTANT_FLAG))
  writer.text(key)
  writer.hex(digest)
  if (instant !== null) writer.signed(instant - base)
}

function writeOffsetAnchor(writer: ByteWriter, anchor: OffsetAnchor, base: Instant, omitInexactTotals: boolean): void {
  const { end, totalIsExact, instant, fingerprint } = anchor
  const total = omitInexactTotals && !totalIsExact ? null : anchor.total
  writer.byte(
    (end === 'oldest' ? END_FLAG : 0) |
      (total === null ? 0 : TOTAL_FLAG) |
      (instant === null ? 0 : INSTANT_FLAG) |
      (fingerprint === null ? 0 : FINGERPRINT_FLAG) |
      (totalIsExact ? EXACT_FLAG : 0),
  )
  writer.count(anchor.offset)
  if (total !== null) writer.count(total)
  writer.hex(anchor.digest)
  if (instant !== null) writer.signed(instant - base)
  if (fingerprint !== null) writer.hex(fingerprint)
}

/** The number of a cursor's edge among its positions, from 1; 0 for a cursor without an edge. */
function edgeNumber({ edge, positions }: Cursor): number {
  return edge === null ? 0 : [...positions.keys()].indexOf(edge) + 1
}

/** Returns the cursor in bytes behind space for its MAC. */
function writeCursor(cursor: AnyCursor, omitInexactTotals: boolean): Buffer {
  const writer = new ByteWriter(MAC_BYTES)
  if (isCutCursor(cursor)) {
    writer.byte(CUT_VERSION)
    writeCutCursor(writer, cursor)
  } else writePositions(writer, cursor, omitInexactTotals)
  return writer.bytes()
}

function writePositions(writer: ByteWriter, cursor: Cursor, omitInexactTotals: boolean): void {
  const base = cursor.instant ?? 0n
  writer.byte(VERSION)
  writer.byte(cursor.instant === null ? 0 : 1)
  if (cursor.instant !== null) writer.signed(cursor.instant)
  writer.count(cursor.positions.size)
  writer.count(edgeNumber(cursor))
  for (const [key, position] of cursor.positions) {
    writer.hex(key)
    const kind = position.at === 'end' ? position.end : position.at === 'anchor' ? position.side : 'instant'
    const watermark = cursor.lagging.get(key)
    writer.byte(KINDS.indexOf(kind) | (watermark === undefined ? 0 : LAGGING))
    if (watermark !== undefined) writer.number(watermark === null ? 0n : zigzag(watermark - base) + 1n)
    if (position.at === 'anchor') {
      if (position.anchor.by === 'key') writeKeyAnchor(writer, position.anchor, base)
      else writeOffsetAnchor(writer, position.anchor, base, omitInexactTotals)
    }
    if (position.at === 'instant') writer.signed(position.instant - base)
  }
}

function readAnchor(reader: ByteReader, base: Instant): Anchor {
  const flags = reader.byte()
  const instant = () => (flags & INSTANT_FLAG ? base + reader.signed() : null)
  if (flags & KEY_FLAG) {
    return { by: 'key', key: reader.text(), digest: reader.hex(6), instant: instant() }
  }
  return {
    by: 'offset',
    end: flags & END_FLAG ? 'oldest' : 'newest',
    offset: reader.count(),
    total: flags & TOTAL_FLAG ? reader.count() : null,
    totalIsExact: (flags & EXACT_FLAG) !== 0,
    digest: reader.hex(6),
    instant: instant(),
    fingerprint: flags & FINGERPRINT_FLAG ? reader.hex(4) : null,
  }
}

/** Reads what `writePositions` wrote behind the version; returns null for anything else. */
function readPositions(reader: ByteReader): Cursor | null {
  const instant = reader.byte() === 1 ? reader.signed() : null
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
    else if (kind === 'instant') positions.set(key, { at: 'instant', instant: base + reader.signed() })
    else positions.set(key, { at: 'anchor', anchor: readAnchor(reader, base), side: kind })
  }
  return { edge: edgeKey, instant, positions, lagging }
}

/** Reads what `writeCursor` wrote; returns null for anything else. */
function readCursor(body: Buffer): AnyCursor | null {
  try {
    const reader = new ByteReader(body)
    const version = reader.byte()
    if (version !== VERSION && version !== CUT_VERSION) return null
    const cursor = version === VERSION ? readPositions(reader) : readCutCursor(reader)
    return reader.isAtEnd ? cursor : null
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** The cursors of one list. */
export interface ListCursors {
  /** The opaque text of a cursor, URL-safe, about 100 characters for two sources. */
  encode(cursor: AnyCursor): string
  /** The cursor that a text was made from, or null when this list did not give the text out as it is. */
  decode(text: string): AnyCursor | null
  /** Identifies a page of this list by the cursor that ends it and the digests of its rows, in their order. */
  pageOf(cursor: CutCursor, rows: string): string
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

  encode(cursor: AnyCursor): string {
    const bytes = writeCursor(cursor, this.#omitInexactTotals)
    this.#macOf(bytes.subarray(MAC_BYTES)).copy(bytes)
    return bytes.toString('base64url')
  }

  decode(text: string): AnyCursor | null {
    const bytes = Buffer.from(text, 'base64url')
    // Text that decodes to the same bytes in another spelling was not given out either.
    if (bytes.length < MAC_BYTES || bytes.toString('base64url') !== text) return null
    const body = bytes.subarray(MAC_BYTES)
    return timingSafeEqual(this.#macOf(body), bytes.subarray(0, MAC_BYTES)) ? readCursor(body) : null
  }

  pageOf(cursor: CutCursor, rows: string): string {
    const body = writeCursor(cursor, this.#omitInexactTotals).subarray(MAC_BYTES)
    // No cursor has this version, so that the name is no part of a cursor's MAC.
    body[0] = 0
    return this.#macOf(Buffer.concat([body, Buffer.from(rows, 'hex')])).toString('hex', 0, PAGE_BYTES)
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
  /** Oldest first. */
  const lists = new Map<string, ListCursors>()
  return {
    forList(listKey) {
      const known = lists.get(listKey)
      if (known) return known
      const cursors = new KeyedCursors(masterKey, listKey, omitInexactTotals)
      if (listKey.length > MAX_KEPT_KEY) return cursors
      if (lists.size === MAX_KEPT_LISTS) lists.delete(lists.keys().next().value!)
      lists.set(listKey, cursors)
      return cursors
    },
  }
}
