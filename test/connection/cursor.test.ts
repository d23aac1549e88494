import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AnyCursor, type Cursor, createCursorCodec, sourceDigest } from '../../src/connection/cursor.ts'
import { deriveCursorKey } from '../../src/connection/cursor-key.ts'
import type { Cut } from '../../src/connection/cut.ts'
import type { CutCursor } from '../../src/connection/cut-cursor.ts'
import { type Anchor, digestOf, type KeyAnchor, type OffsetAnchor, type Position } from '../../src/ledger/position.ts'

const LIST = 'transactions/NEWEST_FIRST/{}'
const SECRET = 'a secret of more than 32 characters'
const codecOf = (secret: string, omitInexactTotals = false) =>
  createCursorCodec({ key: deriveCursorKey(secret, new Map()), omitInexactTotals })
const codec = codecOf(SECRET)
const encodeCursor = (cursor: AnyCursor, list: string) => codec.forList(list).encode(cursor)
const decodeCursor = (text: string, list: string) => codec.forList(list).decode(text)
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= '

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array) => Buffer.from(array).toString('hex'))

const instant = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n })

const offsetAnchor: fc.Arbitrary<OffsetAnchor> = fc.record({
  by: fc.constant('offset'),
  end: fc.constantFrom('newest', 'oldest'),
  offset: fc.nat(),
  total: fc.option(fc.nat()),
  totalIsExact: fc.boolean(),
  digest: hex(6),
  instant: fc.option(instant),
  fingerprint: fc.option(hex(4)),
})

const keyAnchor: fc.Arbitrary<KeyAnchor> = fc.record({
  by: fc.constant('key'),
  key: fc.string({ unit: 'grapheme' }),
  digest: hex(6),
  instant: fc.option(instant),
})

const anchor: fc.Arbitrary<Anchor> = fc.oneof(offsetAnchor, keyAnchor)

const gap: fc.Arbitrary<Position> = fc.oneof(
  fc.record({ at: fc.constant('end' as const), end: fc.constantFrom('newest' as const, 'oldest' as const) }),
  fc.record({ at: fc.constant('anchor' as const), anchor, side: fc.constantFrom('older' as const, 'newer' as const) }),
  fc.record({ at: fc.constant('instant' as const), instant }),
)

const cursor: fc.Arbitrary<Cursor> = fc
  .record({
    positions: fc.uniqueArray(fc.tuple(hex(5), gap, fc.option(fc.option(instant), { nil: undefined })), {
      maxLength: 5,
      selector: ([key]) => key,
    }),
    edge: fc.nat(5),
    instant: fc.option(instant),
  })
  .map(({ positions, edge, instant }) => ({
    edge: positions[edge]?.[0] ?? null,
    instant,
    positions: new Map(positions.map(([key, gap]) => [key, gap])),
    lagging: new Map(positions.flatMap(([key, , lag]) => (lag === undefined ? [] : [[key, lag]]))),
  }))

const keys = [sourceDigest('VOBIZ'), sourceDigest('KOBBLE')] as const

const anchorOf = (id: string, own: bigint): OffsetAnchor => ({
  by: 'offset',
  end: 'newest',
  offset: 1_000_000_000,
  total: 1_000_000_000,
  totalIsExact: true,
  digest: digestOf(id),
  instant: own,
  fingerprint: 'ffffffff',
})

/** The largest cursor that two sources come to: far down in long lists, the year 9999, a decade apart. */
const largest: Cursor = {
  edge: keys[1],
  instant: 253_402_300_799_999_999_999n,
  positions: new Map<string, Position>([
    [keys[0], { at: 'anchor', anchor: anchorOf('a', 252_402_300_799_999_999_999n), side: 'older' }],
    [keys[1], { at: 'anchor', anchor: anchorOf('b', 253_402_300_799_999_999_999n), side: 'older' }],
  ]),
  lagging: new Map([[keys[0], 252_402_300_799_999_999_999n]]),
}

describe('encode() and decode()', () => {
  it('keep the format, so that cursors stay valid over releases', () => {
    const instant = 1_790_000_000_123_456_789n
    const offset: Position = {
      at: 'anchor',
      anchor: {
        by: 'offset',
        end: 'newest',
        offset: 300,
        total: 1_000_000,
        totalIsExact: true,
        digest: '0123456789ab',
        instant,
        fingerprint: '01234567',
      },
      side: 'older',
    }
    const key: Position = {
      at: 'anchor',
      anchor: { by: 'key', key: 'entry-ї', digest: 'ba9876543210', instant: instant - 1n },
      side: 'newer',
    }
    const cursor: Cursor = {
      edge: '0000000002',
      instant,
      positions: new Map<string, Position>([
        ['0000000001', offset],
        ['0000000002', key],
        ['0000000003', { at: 'instant', instant: 10n ** 20n }],
        ['0000000004', { at: 'end', end: 'oldest' }],
      ]),
      lagging: new Map([
        ['0000000003', null],
        ['0000000004', -(10n ** 19n)],
      ]),
    }
    const text =
      'Gu4PIxTew6ze3WArAgGqtPa0heGt1zEEAgAAAAABAh6sAsCEPQEjRWeJqwABI0VnAAAAAAIDJAhlbnRyeS3Rl7qYdlQyEAEAAAAAAwwA1suJ_KaqgfClFQAAAAAECaq0ttOWor-exwI'
    expect(encodeCursor(cursor, LIST)).toBe(text)
    expect(decodeCursor(text, LIST)).toEqual(cursor)
  })

  it('work for any number of lists, and for lists with long keys', () => {
    const cursor: Cursor = { edge: null, instant: 1n, positions: new Map(), lagging: new Map() }
    const lists = [...Array.from({ length: 3000 }, (_, index) => `list ${index}`), 'long'.repeat(1000)]
    const texts = lists.map((list) => encodeCursor(cursor, list))
    expect(new Set(texts).size).toBe(lists.length)
    expect(texts.map((text, index) => decodeCursor(text, lists[index]!))).toEqual(lists.map(() => cursor))
  })

  it('bring every cursor back as it was', () => {
    fc.assert(
      fc.property(cursor, fc.string(), (cursor, listKey) => {
        expect(decodeCursor(encodeCursor(cursor, listKey), listKey)).toEqual(cursor)
      }),
    )
  })

  it('keep the order of the sources', () => {
    expect([...(decodeCursor(encodeCursor(largest, LIST), LIST) as Cursor).positions.keys()]).toEqual(keys)
  })

  it('bring a cursor of no source back', () => {
    const empty: Cursor = { edge: null, instant: null, positions: new Map(), lagging: new Map() }
    expect(decodeCursor(encodeCursor(empty, LIST), LIST)).toEqual(empty)
  })
})

describe('encode()', () => {
  it('writes text that is safe in a URL', () => {
    fc.assert(
      fc.property(cursor, (cursor) => {
        const text = encodeCursor(cursor, LIST)
        expect(encodeURIComponent(text)).toBe(text)
      }),
    )
  })

  it('writes at most 256 characters for two sources with a thousand million entries each', () => {
    const text = encodeCursor(largest, LIST)
    expect(text.length).toBeLessThanOrEqual(256)
    expect(decodeCursor(text, LIST)).toEqual(largest)
  })

  it('writes the same text for the same place', () => {
    expect(encodeCursor({ ...largest, positions: new Map(largest.positions) }, LIST)).toBe(encodeCursor(largest, LIST))
  })
})

describe('decode()', () => {
  const text = encodeCursor(largest, LIST)

  it('refuses a cursor of another list', () => {
    expect(decodeCursor(text, 'transactions/OLDEST_FIRST/{}')).toBeNull()
    expect(decodeCursor(text, '')).toBeNull()
  })

  it('refuses a cursor with any one character altered, left out or put in', () => {
    for (let at = 0; at <= text.length; at++) {
      const [head, tail, rest] = [text.slice(0, at), text.slice(at), text.slice(at + 1)]
      const others = [...LETTERS].flatMap((letter) => [head + letter + rest, head + letter + tail])
      for (const other of [head + rest, ...others]) {
        if (other !== text) expect(decodeCursor(other, LIST), other).toBeNull()
      }
    }
  })

  it('refuses a cursor with any one bit altered', () => {
    const bytes = Buffer.from(text, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const other = Buffer.from(bytes)
      other[bit >> 3]! ^= 1 << (bit & 7)
      expect(decodeCursor(other.toString('base64url'), LIST), String(bit)).toBeNull()
    }
  })

  it('refuses a cursor that was made with another key', () => {
    const other = codecOf('another secret of more than 32 characters').forList(LIST)
    expect(other.decode(text)).toBeNull()
    expect(decodeCursor(other.encode(largest), LIST)).toBeNull()
    expect(other.decode(other.encode(largest))).toEqual(largest)
  })

  it('refuses a cursor with another one behind it', () => {
    expect(decodeCursor(text + text, LIST)).toBeNull()
  })

  it('refuses other spellings of the same bytes', () => {
    const loose = encodeCursor({ edge: null, instant: 1n, positions: new Map(), lagging: new Map() }, LIST)
    const bytes = Buffer.from(loose, 'base64url')
    const [head, last] = [loose.slice(0, -1), loose.slice(-1)]
    const spellings = [
      // The last character holds bits that no byte needs.
      ...[...LETTERS].filter((letter) => letter !== last).map((letter) => head + letter),
      bytes.toString('base64'),
      `${loose}=`,
      `${loose}\n`,
      ` ${loose}`,
      `${loose.slice(0, 4)} ${loose.slice(4)}`,
    ].filter((spelling) => Buffer.from(spelling, 'base64url').equals(bytes))
    expect(spellings.length).toBeGreaterThan(5)
    expect(spellings.map((spelling) => decodeCursor(spelling, LIST))).toEqual(spellings.map(() => null))
  })

  it('rejects an offset beyond the largest safe integer', () => {
    const far = (place: Partial<OffsetAnchor>): Cursor => ({
      ...largest,
      positions: new Map([[keys[1], { at: 'anchor', anchor: { ...anchorOf('b', 0n), ...place }, side: 'older' }]]),
    })
    expect(decodeCursor(encodeCursor(far({ offset: 2 ** 60 }), LIST), LIST)).toBeNull()
    expect(decodeCursor(encodeCursor(far({ total: 2 ** 60 }), LIST), LIST)).toBeNull()
  })

  it.each([
    ['empty text', ''],
    ['a blank', ' '],
    ['one character', 'A'],
    ['plain words', 'the beginning'],
    ['a cursor of another kind', Buffer.from('arrayconnection:10').toString('base64')],
    ['zeros', 'A'.repeat(100)],
    ['a megabyte', 'A'.repeat(1_000_000)],
    ['no Latin text', 'ї😀\u0000'],
    ['half a character', '\ud800'],
  ])('refuses %s', (_, text) => {
    expect(decodeCursor(text, LIST)).toBeNull()
  })

  it('refuses any text that was not given out', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), hex(40), fc.string({ maxLength: 5000 })),
        (text) => {
          expect(decodeCursor(text, LIST)).toBeNull()
        },
      ),
    )
  })
})

describe('createCursorCodec() for a bound caller', () => {
  const bound = codecOf(SECRET, true).forList(LIST)
  const withTotal = (totalIsExact: boolean): Cursor => ({
    ...largest,
    positions: new Map([[keys[0], { at: 'anchor', anchor: { ...anchorOf('a', 5n), totalIsExact }, side: 'older' }]]),
    edge: keys[0],
    lagging: new Map(),
  })
  const totalIn = (text: string) => {
    const position = (decodeCursor(text, LIST) as Cursor).positions.get(keys[0])!
    return position.at === 'anchor' && position.anchor.by === 'offset' ? position.anchor.total : undefined
  }

  it('omits totals that may count rows of other accounts, and keeps exact ones', () => {
    expect(totalIn(bound.encode(withTotal(false)))).toBeNull()
    expect(totalIn(bound.encode(withTotal(true)))).toBe(1_000_000_000)
    expect(totalIn(encodeCursor(withTotal(false), LIST))).toBe(1_000_000_000)
  })
})

describe('deriveCursorKey()', () => {
  const secrets = new Map([
    ['VOBIZ', 'one'],
    ['KOBBLE', 'two'],
  ])
  const keyOf = (secret: string | null, given: ReadonlyMap<string, string> = secrets) =>
    deriveCursorKey(secret, given).toString('hex')

  it('derives the same 32 bytes from the same secrets, in whatever order the providers come', () => {
    expect(keyOf(null)).toMatch(/^[0-9a-f]{64}$/)
    expect(keyOf(null, new Map([...secrets].reverse()))).toBe(keyOf(null))
  })

  it('derives another key from other secrets', () => {
    const keys = [
      keyOf(null),
      keyOf(null, new Map([['VOBIZ', 'one']])),
      keyOf(null, new Map([...secrets, ['KOBBLE', 'three']])),
      keyOf(SECRET),
      keyOf(`${SECRET}.`),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('derives the key from the cursor secret alone where there is one', () => {
    expect(keyOf(SECRET, new Map())).toBe(keyOf(SECRET))
  })

  it('makes up a key where there is no secret at all', () => {
    expect(keyOf(null, new Map())).not.toBe(keyOf(null, new Map()))
  })
})

const cut: fc.Arbitrary<Cut> = fc.record({ instant: fc.option(instant), source: hex(5), row: hex(6) })

const cutCursor: fc.Arbitrary<CutCursor> = fc.record({
  direction: fc.constantFrom('older' as const, 'newer' as const),
  cut: fc.option(cut),
  isEdge: fc.boolean(),
  tally: fc.record({
    cut: fc.option(cut),
    includesRow: fc.boolean(),
    rows: fc.nat(),
    sum: fc.bigInt({ min: 0n, max: 2n ** 80n }),
  }),
  marks: fc.array(fc.tuple(hex(5), fc.option(cut)), { maxLength: 50 }).map((marks) => new Map(marks)),
  page: hex(6),
  steps: fc.nat(),
})

describe('cursors of lists of many sources', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(cutCursor, (given) => {
        expect(decodeCursor(encodeCursor(given, LIST), LIST)).toEqual(given)
      }),
    )
  })

  it('have at most 2,048 characters with the most sources that failed', () => {
    const at: Cut = { instant: 4_102_444_800_000_000_000n, source: 'f'.repeat(10), row: 'f'.repeat(12) }
    const marks = new Map(
      Array.from({ length: 49 }, (_, index): [string, Cut] => [index.toString(16).padStart(10, '0'), at]),
    )
    const tally = { cut: at, includesRow: true, rows: 2 ** 31 - 1, sum: 2n ** 79n }
    const largest: CutCursor = {
      direction: 'newer',
      cut: at,
      isEdge: true,
      tally,
      marks,
      page: 'f'.repeat(12),
      steps: 1e6,
    }
    expect(encodeCursor(largest, LIST).length).toBeLessThanOrEqual(2_048)
  })

  it('name their pages by what they hold, and by their list', () => {
    const [one, other] = fc.sample(cutCursor, 2) as [CutCursor, CutCursor]
    const cursors = codec.forList(LIST)
    const rows = 'a0b1c2d3'
    expect(cursors.pageOf(one, rows)).toBe(cursors.pageOf({ ...one }, rows))
    expect(cursors.pageOf(one, rows)).not.toBe(cursors.pageOf(other, rows))
    expect(cursors.pageOf(one, rows)).not.toBe(cursors.pageOf(one, rows.slice(2)))
    expect(cursors.pageOf(one, rows)).not.toBe(codec.forList('another').pageOf(one, rows))
    // No part of a cursor that the list has given out.
    const mac = Buffer.from(cursors.encode(one), 'base64url').toString('hex', 0, 6)
    expect(cursors.pageOf(one, '')).not.toBe(mac)
  })
})
