import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/sandbox/random.ts'
import { createTimeline, type Dated, parseDateTime } from '../../src/sandbox/timeline.ts'

interface Entry extends Dated {
  readonly kind: string
}

function createCounter() {
  return {
    entries: 0,
    add() {
      this.entries += 1
    },
    subtract() {
      this.entries -= 1
    },
  }
}

const createLedger = () => createTimeline<Entry, ReturnType<typeof createCounter>>(createCounter)
const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString()
const entry = (id: string, second: number, kind = 'a'): Entry => ({ id, created_at: at(second), kind })
const ids = (entries: readonly Entry[]) => entries.map(({ id }) => id).join('')

describe('parseDateTime()', () => {
  it('counts nanoseconds in any offset', () => {
    expect(parseDateTime('1970-01-01T00:00:01Z')).toBe(1_000_000_000n)
    expect(parseDateTime('1970-01-01T05:30:00.000001+05:30')).toBe(1000n)
    expect(parseDateTime('2026-05-07T07:51:50.402147Z')).toBe(1_778_140_310_402_147_000n)
  })

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-01-01',
    '2026-01-01T00:00:00',
    '2026-01-01T25:00:00Z',
    '2026-1-1T00:00:00Z',
    '',
  ])('is null for %j', (text) => {
    expect(parseDateTime(text)).toBeNull()
  })
})

describe('createTimeline()', () => {
  it('puts entries where their instant belongs, later arrivals on the newer side of a tie', () => {
    const ledger = createLedger()
    for (const added of [entry('a', 2), entry('b', 1), entry('c', 2), entry('d', 3), entry('e', 2)]) ledger.add(added)

    expect(ids(ledger.newestFirst())).toBe('decab')
    expect(ledger.newest()?.id).toBe('d')
    expect(ledger.size()).toBe(5)
  })

  it('compares instants, not texts', () => {
    const ledger = createLedger()
    ledger.add({ id: 'a', created_at: '2026-01-01T00:00:00.5Z', kind: 'a' })
    ledger.add({ id: 'b', created_at: '2026-01-01T00:00:00Z', kind: 'a' })
    ledger.add({ id: 'c', created_at: '2026-01-01T01:00:00.25+01:00', kind: 'a' })

    expect(ids(ledger.newestFirst())).toBe('acb')
  })

  it('loads many in one go as if they were added one by one', () => {
    const random = createRandom(1)
    const entries = Array.from({ length: 300 }, (_, index) => entry(`${index} `, random.integer(0, 20)))
    const [one, other] = [createLedger(), createLedger()]
    for (const added of entries) one.add(added)
    other.load(entries.slice(0, 100))
    other.load(entries.slice(100))

    expect(other.newestFirst()).toEqual(one.newestFirst())
  })

  it('keeps the place of a changed entry, unless its instant is another', () => {
    const ledger = createLedger()
    ledger.load([entry('a', 1), entry('b', 1), entry('c', 1), entry('d', 2)])

    expect(ledger.update('b', { kind: 'b' })).toEqual(entry('b', 1, 'b'))
    expect(ids(ledger.newestFirst())).toBe('dcba')
    ledger.update('b', { created_at: at(2) })
    expect(ids(ledger.newestFirst())).toBe('bdca')
    expect(ledger.get('b')).toEqual(entry('b', 2, 'b'))
  })

  it('gives an array that later changes leave alone', () => {
    const ledger = createLedger()
    ledger.load([entry('a', 1), entry('b', 2)])
    const before = ledger.newestFirst()
    ledger.remove('a')

    expect([ids(before), ids(ledger.newestFirst())]).toEqual(['ba', 'b'])
  })

  it('refuses an id that is taken, one that is unknown, and an instant that is none', () => {
    const ledger = createLedger()
    ledger.add(entry('a', 1))

    expect(() => ledger.add(entry('a', 2))).toThrow(RangeError)
    expect(() => ledger.remove('b')).toThrow(RangeError)
    expect(() => ledger.update('b', {})).toThrow(RangeError)
    expect(() => ledger.update('a', { created_at: 'yesterday' })).toThrow(RangeError)
    expect(() => ledger.add({ ...entry('b', 1), created_at: '2026-01-01' })).toThrow(RangeError)
    expect(ledger.newestFirst()).toEqual([entry('a', 1)])
  })

  it('slices views from both ends', () => {
    const ledger = createLedger()
    ledger.load([entry('a', 1), entry('x', 2, 'x'), entry('b', 3), entry('c', 4)])
    const view = ledger.view('a', ({ kind }) => kind === 'a')

    expect(view.length).toBe(3)
    expect([0, 1, 2, 3, 9].map((offset) => ids(view.newest(offset, 2)))).toEqual(['cb', 'ba', 'a', '', ''])
    expect([0, 1, 2, 3, 9].map((offset) => ids(view.oldest(offset, 2)))).toEqual(['ab', 'bc', 'c', '', ''])
  })

  it('keeps every view, and its tally, equal to filtering the whole list', () => {
    const random = createRandom(2)
    const ledger = createLedger()
    const known: string[] = []
    for (let step = 0; step < 500; step += 1) {
      const change = { created_at: at(random.integer(0, 30)), kind: random.pick(['a', 'b']) }
      const action = known.length === 0 ? 0 : random.integer(0, 3)
      if (action <= 1) {
        known.push(`id-${step}`)
        ledger.add({ id: `id-${step}`, ...change })
      } else if (action === 2) {
        ledger.update(random.pick(known), random.chance(0.5) ? change : { kind: change.kind })
      } else {
        ledger.remove(known.splice(random.integer(0, known.length - 1), 1)[0]!)
      }
      const view = ledger.view('a', ({ kind }) => kind === 'a')
      const expected = ledger.newestFirst().filter(({ kind }) => kind === 'a')
      expect(view.newest(0, 1000)).toEqual(expected)
      expect(view.oldest(0, 1000)).toEqual(expected.toReversed())
      expect(view.tally.entries).toBe(expected.length)
    }
  })

  it('filters only the entries that change once a view exists, however long the ledger is', () => {
    const ledger = createLedger()
    ledger.load(Array.from({ length: 5000 }, (_, index) => entry(`row-${index}`, index)))
    let calls = 0
    const read = () =>
      ledger.view('even', ({ created_at }) => {
        calls += 1
        return created_at.endsWith('0.000Z')
      })
    read()
    expect(calls).toBe(5000)
    for (let index = 0; index < 100; index += 1) {
      ledger.add(entry(`new-${index}`, index))
      read().newest(0, 10)
    }
    ledger.remove('row-7')
    read().oldest(0, 10)
    expect(calls).toBe(5000 + 101)
  })

  it('returns the right rows for more filters than it keeps views of', () => {
    const ledger = createLedger()
    ledger.load(Array.from({ length: 200 }, (_, index) => entry(`${index}`, index, `${index}`)))
    for (let round = 0; round < 2; round += 1) {
      for (let index = 0; index < 200; index += 1) {
        expect(ids(ledger.view(`${index}`, ({ kind }) => kind === `${index}`).newest(0, 5))).toBe(`${index}`)
      }
    }
  })
})

describe('createRandom()', () => {
  it('gives the same values for the same seed', () => {
    const draw = (seed: number) => {
      const random = createRandom(seed)
      return [
        random.integer(1, 6),
        random.pick(['a', 'b', 'c']),
        random.text('abc', 5),
        random.uuid(),
        random.chance(0.5),
      ]
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })

  it('stays within bounds and reaches both', () => {
    const random = createRandom(3)
    const drawn = new Set(Array.from({ length: 500 }, () => random.integer(-1, 2)))
    expect([...drawn].sort((one, other) => one - other)).toEqual([-1, 0, 1, 2])
  })

  it('makes UUIDs of version 4', () => {
    const random = createRandom(4)
    const uuids = Array.from({ length: 1000 }, () => random.uuid())
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(new Set(uuids).size).toBe(1000)
  })
})
