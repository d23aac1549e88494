import { describe, expect, it } from 'vitest'
import type { Ledger, Row } from '../../src/ledger/ledger.ts'
import { type Preparation, withPreparation } from '../../src/ledger/prepared-ledger.ts'
import { createRangeLedger } from '../../src/ledger/range-ledger.ts'
import { createUnpagedReader } from '../../src/ledger/unpaged.ts'

const rowOf = (value: number | Error): Row<number> => ({
  id: String(value),
  instant: value instanceof Error ? null : -BigInt(value),
  value,
})

/** A list of numbers, of which each has to be prepared. */
function open(values: readonly (number | Error)[], failure: Error | null = null) {
  const prepared = new Set<number>()
  const calls: number[][] = []
  const preparation: Preparation<number> = {
    isPrepared: (value) => prepared.has(value),
    async prepare(given) {
      calls.push([...given])
      if (failure !== null) throw failure
      for (const value of given) prepared.add(value)
    },
  }
  const list = createRangeLedger(createUnpagedReader(async () => ({ rows: values.map(rowOf) })))
  return { list, ledger: withPreparation<number>(list, preparation), prepared, calls }
}

const streamOf = (ledger: Ledger<number>) => ledger.stream({ at: 'end', end: 'newest' }, 'older', null)

describe('withPreparation()', () => {
  it('prepares the rows of a stream before they can be taken, each once, and no row that is invalid', async () => {
    const { ledger, calls } = open([1, new Error('invalid'), 2, 3])
    const stream = streamOf(ledger)
    expect([stream.isEnded, stream.rowsRead, stream.buffer]).toEqual([false, 0, []])
    await stream.fill(4)
    await stream.fill(4)
    expect(calls).toEqual([[1, 2, 3]])
    expect([stream.isEnded, stream.hasMore, stream.rowsRead, stream.buffer.length]).toEqual([true, false, 4, 4])
  })

  it('prepares the rows of ranges', async () => {
    const { ledger, calls } = open([1, 2])
    const { ranges } = ledger
    expect([ranges!.ends, ranges!.mayOmitTotal, ranges!.maxRows()]).toEqual([['newest'], false, ledger.maxRows()])
    const range = { end: 'newest', offset: 0, limit: 2 } as const
    expect(ranges!.fit(range, 'start')).toEqual(range)
    expect((await ranges!.read(range, { side: 'start' })).rows).toHaveLength(2)
    await ranges!.read(range, { side: 'start' })
    expect(calls).toEqual([[1, 2]])
    expect([await ledger.count(), await ledger.sums()]).toEqual([2, null])
  })

  it('fails when the preparation does, without failing the ledger below it', async () => {
    const failure = new Error('cannot prepare')
    const { ledger, list } = open([1], failure)
    await expect(streamOf(ledger).fill(1)).rejects.toBe(failure)
    await expect(ledger.ranges!.read({ end: 'newest', offset: 0, limit: 1 }, { side: 'start' })).rejects.toBe(failure)
    const stream = streamOf(list)
    await stream.fill(1)
    expect(stream.buffer).toHaveLength(1)
  })

  it('has no ranges where the ledger has none', () => {
    const { list } = open([1])
    const ledger: Ledger<number> = {
      maxRows: () => 1,
      stream: (...args) => list.stream(...args),
      count: () => list.count(),
      sums: () => list.sums(),
    }
    expect(withPreparation(ledger, { isPrepared: () => true, prepare: async () => {} }).ranges).toBeUndefined()
  })

  it('does not decide by a row behind the start that is not prepared', async () => {
    const { ledger, list, prepared } = open([1, 2, 3])
    const first = streamOf(list)
    await first.fill(3)
    const anchor = first.buffer[1]!.anchor()
    const stream = ledger.stream({ at: 'anchor', anchor, side: 'newer' }, 'older', null)
    await stream.fill(1)
    const isOdd = (value: number) => value % 2 === 1
    prepared.delete(1)
    const asked: number[] = []
    const answer = stream.hasPrevious((value) => {
      asked.push(value)
      return isOdd(value)
    })
    expect([answer, asked]).toEqual([null, []])
    prepared.add(1)
    expect(stream.hasPrevious(isOdd)).toBe(true)
    expect(stream.hasPrevious(null)).toBe(true)
    expect(stream.startPosition()).toMatchObject({ at: 'anchor' })
  })
})
