import { describe, expect, it } from 'vitest'
import type { Row } from '../../src/ledger/ledger.ts'
import { type ListPage, listPagesOf, loadListed } from '../../src/ledger/load-listed.ts'
import { createRangeLedger } from '../../src/ledger/range-ledger.ts'
import { createUnpagedReader } from '../../src/ledger/unpaged.ts'

interface Customer {
  readonly id: string
}

const rowOf = (id: string): Row<Customer> => ({ id, instant: null, value: { id } })
const invalidRow: Row<Customer> = { id: 'digest', instant: null, value: new Error('malformed row') }

/** Loads ids from a list of pages, and counts what is read. Objects that exist only one by one are in `others`. */
async function load(
  ids: readonly string[],
  pages: readonly (ListPage<Customer> | Error)[],
  others: readonly string[] = [],
  maxReserved = Number.POSITIVE_INFINITY,
) {
  let pagesRead = 0
  const readOneByOne: string[] = []
  const reserved: number[] = []
  const results = await loadListed<Customer>(ids, {
    async *pages() {
      for (const page of pages) {
        if (page instanceof Error) throw page
        pagesRead += 1
        yield page
      }
    },
    idOf: ({ id }) => id,
    async loadOne(id) {
      readOneByOne.push(id)
      if (id === 'broken') throw new Error('cannot be read')
      return others.includes(id) ? { id } : null
    },
    reserve(requests) {
      if (requests > maxReserved) throw new Error('too many requests')
      reserved.push(requests)
    },
  })
  const shown = results.map((result) => (result instanceof Error ? result.message : (result?.id ?? null)))
  return { shown, pagesRead, readOneByOne, reserved }
}

const page = (ids: readonly string[], requestsLeft: number | 'last'): ListPage<Customer> => ({
  rows: ids.map(rowOf),
  isLast: requestsLeft === 'last',
  requestsLeft: requestsLeft === 'last' ? 0 : requestsLeft,
})

describe('loadListed()', () => {
  it('reads fewer than three objects one by one', async () => {
    expect(await load(['a', 'b'], [page(['a', 'b'], 'last')], ['a'])).toEqual({
      shown: ['a', null],
      pagesRead: 0,
      readOneByOne: ['a', 'b'],
      reserved: [2],
    })
  })

  it('answers three or more from the whole list, with null for those that are not in it', async () => {
    expect(await load(['c', 'a', 'x'], [page(['a'], 1), page(['b', 'c'], 'last')])).toEqual({
      shown: ['c', 'a', null],
      pagesRead: 2,
      readOneByOne: [],
      reserved: [0],
    })
  })

  it('stops reading the list once every object is found', async () => {
    const { shown, pagesRead } = await load(['a', 'b', 'c'], [page(['c', 'b', 'a'], 0), page(['d'], 'last')])
    expect([shown, pagesRead]).toEqual([['a', 'b', 'c'], 1])
  })

  it('stops reading the list once its rest costs more requests than the missing objects', async () => {
    expect(await load(['a', 'b', 'y'], [page(['a', 'b'], 1.5), page(['y'], 'last')], ['y'])).toEqual({
      shown: ['a', 'b', 'y'],
      pagesRead: 1,
      readOneByOne: ['y'],
      reserved: [1],
    })
  })

  it('reads missing objects one by one when a row of the list is invalid', async () => {
    const withInvalid = { ...page(['a', 'b'], 'last'), rows: [rowOf('a'), invalidRow, rowOf('b')] }
    const { shown, readOneByOne } = await load(['a', 'b', 'y'], [withInvalid], ['y'])
    expect([shown, readOneByOne]).toEqual([['a', 'b', 'y'], ['y']])
  })

  it('keeps what it found when the list fails, and reports the failure of each missing object in its place', async () => {
    const { shown, readOneByOne } = await load(['a', 'broken', 'y'], [page(['a'], 1), new Error('list failed')], ['y'])
    expect([shown, readOneByOne]).toEqual([
      ['a', 'cannot be read', 'y'],
      ['broken', 'y'],
    ])
  })

  it('rejects the whole batch when the requests for the missing objects exceed the limit', async () => {
    await expect(load(['a', 'x', 'y', 'z'], [new Error('list failed')], [], 3)).rejects.toThrow('too many requests')
  })
})

describe('listPagesOf()', () => {
  it('returns a ledger that is answered at once as one last page', async () => {
    const ledger = createRangeLedger(createUnpagedReader(async () => ({ rows: ['a', 'b'].map(rowOf) })))
    const pages: ListPage<Customer>[] = []
    for await (const part of listPagesOf(ledger)) pages.push(part)
    expect(pages).toEqual([{ rows: ['a', 'b'].map(rowOf), isLast: true, requestsLeft: 0 }])
  })
})
