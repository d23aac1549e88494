import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/sandbox/random.ts'
import { type Addend, exactly, SUMMARY, type Summary, sumUp, unitsOf } from '../exact.ts'
import { collectRows } from '../pages.ts'
import { RUNS } from '../runs.ts'
import { at, type ConformanceSuite } from './suite.ts'

const ENTRY = 'amount { amount currency } direction affectsBalance'

interface AddedEntry {
  readonly amount: { readonly amount: string; readonly currency: string }
  readonly direction: string | null
  readonly affectsBalance: boolean
  readonly createdAt?: string
  readonly status?: string
}

interface SummedList {
  readonly summary: Summary & { readonly basis: 'ENTRIES' | 'PROVIDER' | 'MIXED' }
  readonly groups?: readonly {
    readonly day: string
    readonly direction: string
    readonly status: string
    readonly summary: Summary
  }[]
  readonly nodes: readonly AddedEntry[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

/** Returns what an entry adds to a sum: with the basis PROVIDER, entries count whatever their status. */
const addendOf =
  (basis: SummedList['summary']['basis']) =>
  ({ amount, direction, affectsBalance }: AddedEntry): Addend => ({
    ...amount,
    direction: basis === 'PROVIDER' || affectsBalance ? direction : null,
  })

/** Compares sums with brute force over the rows of all pages. */
export function describeSums({ traits, subject, query, listIn }: ConformanceSuite): void {
  const { provider, currencies } = traits

  /** Adds entries with random amounts of up to eleven digits, directions and states. */
  function fillAtRandom(count: number, among: readonly string[]): void {
    const random = createRandom(count)
    for (let index = 0; index < count; index++) {
      const currency = among[index % among.length]!
      const fraction = currency === 'JPY' ? '' : `.${random.text('0123456789', 2)}`
      subject().add({
        createdAt: at(Math.floor(index / 3)),
        amount: `${random.integer(0, 999_999_999)}${fraction}`,
        currency,
        direction: random.chance(0.4) ? 'CREDIT' : 'DEBIT',
        isSettled: random.chance(0.8),
      })
    }
  }

  const readList = async (after: string | null, fields: string): Promise<SummedList> => {
    const { data, errors } = await query({ first: 100, after }, fields)
    expect(errors).toEqual([])
    return listIn(data) as unknown as SummedList
  }

  const readMerged = async (after: string | null, filter: string, fields: string): Promise<SummedList> => {
    const { transactions } = await subject().gateway.ask<{ transactions: SummedList }>(
      `query($after: String) {
        transactions(first: 100, after: $after, filter: { providers: [${provider}] ${filter} }) { ${fields} }
      }`,
      { after },
    )
    return transactions
  }

  /** Compares the sums of a list with those of its pages. Returns its rows. */
  async function compare(read: (after: string | null, fields: string) => Promise<SummedList>) {
    const { summary } = await read(null, SUMMARY.replace('{ count', '{ basis count'))
    const rows = await collectRows(
      (after) => read(after, `nodes { ${ENTRY} } pageInfo { hasNextPage endCursor }`),
      ({ nodes }) => nodes,
    )
    const { basis, ...sums } = summary
    expect(exactly(sums)).toEqual(sumUp(rows.map(addendOf(basis))))
    return rows
  }

  describe('sums', () => {
    const [currency = ''] = currencies
    const sizes = RUNS.isFull ? [0, 1, 3, 99, 230, 700] : [0, 3, 105]

    it.each(sizes)('equal brute force over the rows of a list of %i entries', async (count) => {
      fillAtRandom(count, [currency])
      expect(await compare(readList)).toHaveLength(count)
      expect(await compare((after, fields) => readMerged(after, '', fields))).toHaveLength(count)
    })

    it('cover the entries that match a filter, and no others', async () => {
      fillAtRandom(RUNS.isFull ? 230 : 60, [currency])
      const all = await compare(readList)
      const large = all.filter(({ amount }) => unitsOf(amount.amount) >= unitsOf('500000000'))
      const matching = large.filter(({ direction }) => direction === 'DEBIT')
      expect(matching.length).toBeGreaterThan(0)
      expect(matching.length).toBeLessThan(large.length)
      const filter = 'minAmount: "500000000" directions: [DEBIT]'
      expect(await compare((after, fields) => readMerged(after, filter, fields))).toHaveLength(matching.length)
    })

    it('equal brute force in groups by day, direction and status, which add up to the whole', async () => {
      const random = createRandom(1)
      for (let index = 0; index < (RUNS.isFull ? 230 : 60); index++) {
        subject().add({
          createdAt: at(index * 3600),
          amount: `${random.integer(0, 999_999_999)}.${random.text('0123456789', 2)}`,
          direction: random.chance(0.4) ? 'CREDIT' : 'DEBIT',
          isSettled: random.chance(0.8),
        })
      }
      const fields = `${SUMMARY.replace('{ count', '{ basis count')} groups(by: [DAY, DIRECTION, STATUS]) { day direction status ${SUMMARY} }`
      const { summary, groups = [] } = await readList(null, fields)
      const rows = await collectRows(
        (after) => readList(after, `nodes { createdAt status ${ENTRY} } pageInfo { hasNextPage endCursor }`),
        ({ nodes }) => nodes,
      )
      const keyOf = ({ createdAt, direction, status }: AddedEntry) =>
        [createdAt?.slice(0, 10), direction, status].join()
      const expected = new Map(
        [...Map.groupBy(rows, keyOf)].map(([key, own]) => [key, sumUp(own.map(addendOf(summary.basis)))]),
      )
      const found = groups.map(
        (group) => [[group.day, group.direction, group.status].join(), exactly(group.summary)] as const,
      )
      expect(new Map(found)).toEqual(expected)
      expect(found).toHaveLength(expected.size)
      expect(found.length).toBeGreaterThan(4)
      const { basis, ...sums } = summary
      expect(exactly(sums)).toEqual(sumUp(rows.map(addendOf(basis))))
    })

    if (traits.mixesCurrencies) {
      it('keep currencies apart', async () => {
        fillAtRandom(RUNS.isFull ? 230 : 60, currencies)
        const rows = await compare(readList)
        expect(new Set(rows.map(({ amount }) => amount.currency))).toEqual(new Set(currencies))
        await compare((after, fields) => readMerged(after, '', fields))
      })
    }
  })
}
