import { describe, expect, it } from 'vitest'
import type { Meter } from '../../src/operation.ts'
import { createByIdLoader, createListedLoader } from '../../src/providers/loaders.ts'

/** A meter that keeps the reserved requests, and throws for more than `max` at once. */
class ReservedRequests implements Meter {
  hit(): void {}

  readonly reserved: number[] = []
  readonly #max: number

  constructor(max = Number.POSITIVE_INFINITY) {
    this.#max = max
  }

  reserve = (requests: number): void => {
    if (requests > this.#max) throw new Error('too many requests')
    this.reserved.push(requests)
  }
  request(): void {}
  rows(): void {}
}

describe('createByIdLoader()', () => {
  it('returns the object, null or the failure in the place of each id, and reads each id once', async () => {
    const read: string[] = []
    const meter = new ReservedRequests()
    const loader = createByIdLoader(async (id) => {
      read.push(id)
      if (id === 'broken') throw new Error('cannot be read')
      return id === 'missing' ? null : { id }
    }, meter)
    const [a, missing, broken, again] = await Promise.allSettled(
      ['a', 'missing', 'broken', 'a'].map((id) => loader.load(id)),
    )
    expect([a, missing, again]).toEqual([
      { status: 'fulfilled', value: { id: 'a' } },
      { status: 'fulfilled', value: null },
      { status: 'fulfilled', value: { id: 'a' } },
    ])
    expect(broken).toMatchObject({ status: 'rejected', reason: { message: 'cannot be read' } })
    expect([read, meter.reserved]).toEqual([['a', 'missing', 'broken'], [3]])
  })

  it('sends no request when the operation may not send all of them', async () => {
    const read: string[] = []
    const loader = createByIdLoader(async (id) => {
      read.push(id)
      return id
    }, new ReservedRequests(1))
    await expect(Promise.all([loader.load('a'), loader.load('b')])).rejects.toThrow('too many requests')
    expect(read).toEqual([])
  })
})

describe('ByIdLoader', () => {
  const rowOf = (id: string) => ({ id, instant: null, value: { id } })

  it('does not read objects again that came with a list, but for those without a key', async () => {
    const read: string[] = []
    const loader = createByIdLoader<{ id: string }>(
      async (id) => {
        read.push(id)
        return { id: `read ${id}` }
      },
      new ReservedRequests(),
      ({ id }) => (id === 'hidden' ? null : id),
    )
    const invalid = { id: 'invalid', instant: null, value: new Error('invalid row') }
    loader.addRows([rowOf('a'), invalid, rowOf('hidden')])
    const ids = ['a', 'b', 'hidden', 'invalid']
    const objects = await Promise.all(ids.map((id) => loader.load(id)))
    expect(objects).toEqual(['a', 'read b', 'read hidden', 'read invalid'].map((id) => ({ id })))
    expect(read).toEqual(['b', 'hidden', 'invalid'])
    loader.addRows([rowOf('b'), rowOf('c')])
    expect(await Promise.all([loader.load('b'), loader.load('c')])).toEqual([{ id: 'read b' }, { id: 'c' }])
    expect(read).toEqual(['b', 'hidden', 'invalid'])
  })

  it('does not look through the rows of lists before an object is loaded', async () => {
    const seen: string[] = []
    const loader = createByIdLoader<{ id: string }>(
      async () => null,
      new ReservedRequests(),
      ({ id }) => {
        seen.push(id)
        return id
      },
    )
    loader.addRows([rowOf('a'), rowOf('b')])
    expect(seen).toEqual([])
    await loader.load('b')
    await loader.load('a')
    expect(seen).toEqual(['a', 'b'])
  })
})

describe('createListedLoader()', () => {
  it('looks up many objects in the list, and reserves a request for each that is not there', async () => {
    const read: string[] = []
    const meter = new ReservedRequests()
    const loader = createListedLoader<string>(
      {
        async *pages() {
          yield {
            rows: ['a', 'b', 'c'].map((id) => ({ id, instant: null, value: id })),
            isLast: false,
            requestsLeft: 5,
          }
        },
        idOf: (value) => value,
        async loadOne(id) {
          read.push(id)
          return id
        },
      },
      meter,
    )
    expect(await Promise.all(['a', 'x', 'c'].map((id) => loader.load(id)))).toEqual(['a', 'x', 'c'])
    expect([read, meter.reserved]).toEqual([['x'], [1]])
  })
})
