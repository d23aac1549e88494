import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  adaptPageSizes,
  assessPageSize,
  confirmsPageSize,
  fitPage,
  fitRange,
  type PageCounts,
  type PageRequest,
  type PageSizeEvidence,
  type PageSizes,
} from '../../src/ledger/page-size.ts'
import type { RowRange } from '../../src/ledger/row-range.ts'

const newest = (offset: number, limit: number): RowRange => ({ end: 'newest', offset, limit })

const upTo = (max: number): PageSizes => ({ max, only: null })
const only = (perPage: number): PageSizes => ({ max: 100, only: perPage })

/** Every page that holds the whole range, found by looking at all of them; smallest size first. */
function pagesThatHold({ offset, limit }: { offset: number; limit: number }, sizes: PageSizes): PageRequest[] {
  const found: PageRequest[] = []
  for (let perPage = 1; perPage <= 100; perPage++) {
    if (sizes.only === null ? perPage > sizes.max : perPage !== sizes.only) continue
    for (let page = 1; (page - 1) * perPage <= offset; page++) {
      if (offset + limit <= page * perPage) found.push({ page, perPage })
    }
  }
  return found
}

describe('fitPage()', () => {
  it.each<[string, RowRange, PageSizes, PageRequest | null]>([
    ['the first row', newest(0, 1), upTo(100), { page: 1, perPage: 1 }],
    ['a page from the start', newest(0, 20), upTo(100), { page: 1, perPage: 20 }],
    ['the largest page', newest(0, 100), upTo(100), { page: 1, perPage: 100 }],
    ['the last row of a page', newest(19, 1), upTo(100), { page: 20, perPage: 1 }],
    ['the second page', newest(20, 20), upTo(100), { page: 2, perPage: 20 }],
    ['a page from its second row on', newest(1, 20), upTo(100), { page: 1, perPage: 21 }],
    ['a page one row early', newest(19, 20), upTo(100), { page: 1, perPage: 39 }],
    ['a page one row late', newest(21, 20), upTo(100), { page: 2, perPage: 21 }],
    ['a range that neither halves nor thirds hold', newest(15, 10), upTo(100), { page: 2, perPage: 13 }],
    ['a range far down', newest(1_000_000_001, 49), upTo(100), { page: 20_000_001, perPage: 50 }],
    ['a large range across the middle of the largest page', newest(99, 2), upTo(100), { page: 34, perPage: 3 }],
    ['a range of the fixed size', newest(20, 20), only(20), { page: 2, perPage: 20 }],
    ['a part of a page of the fixed size', newest(25, 3), only(20), { page: 2, perPage: 20 }],
    ['more than the largest page', newest(0, 101), upTo(100), null],
    ['the largest page one row late', newest(1, 100), upTo(100), null],
    ['a range across two pages of the fixed size', newest(19, 2), only(20), null],
  ])('places %s', (_, range, sizes, page) => {
    expect(fitPage(range, sizes)).toEqual(page)
  })

  it('takes the smallest page that holds the range, and one wherever there is one', () => {
    for (const sizes of [upTo(1), upTo(7), upTo(12), only(1), only(5)]) {
      for (let offset = 0; offset <= 40; offset++) {
        for (let limit = 1; limit <= 14; limit++) {
          const [smallest = null] = pagesThatHold({ offset, limit }, sizes)
          expect(fitPage({ offset, limit }, sizes), JSON.stringify({ offset, limit, sizes })).toEqual(smallest)
        }
      }
    }
  })

  it('holds any range of up to half the largest page on one page', () => {
    fc.assert(
      fc.property(fc.nat(2_000_000_000), fc.integer({ min: 1, max: 49 }), (offset, limit) => {
        const { page, perPage } = fitPage({ offset, limit }, upTo(100))!
        expect(perPage).toBeLessThanOrEqual(100)
        expect((page - 1) * perPage).toBeLessThanOrEqual(offset)
        expect(page * perPage).toBeGreaterThanOrEqual(offset + limit)
      }),
    )
  })
})

describe('fitRange()', () => {
  it('leaves a range alone that one page holds', () => {
    expect(fitRange(newest(15, 10), 'start', upTo(100))).toEqual(newest(15, 10))
    expect(fitRange(newest(15, 10), 'end', upTo(100))).toEqual(newest(15, 10))
  })

  it('keeps the side that is wanted', () => {
    expect(fitRange(newest(0, 150), 'start', upTo(100))).toEqual(newest(0, 100))
    expect(fitRange(newest(50, 150), 'end', upTo(100))).toEqual(newest(100, 100))
    expect(fitRange(newest(15, 10), 'start', only(20))).toEqual(newest(15, 5))
    expect(fitRange(newest(15, 10), 'end', only(20))).toEqual(newest(20, 5))
  })

  it('leaves a range without rows alone', () => {
    expect(fitRange(newest(7, 0), 'start', upTo(100))).toEqual(newest(7, 0))
  })

  it('takes the largest part at the kept side that one page holds', () => {
    for (const sizes of [upTo(1), upTo(7), upTo(12), only(1), only(5)]) {
      for (let offset = 0; offset <= 30; offset++) {
        for (let limit = 1; limit <= 16; limit++) {
          for (const side of ['start', 'end'] as const) {
            const parts = Array.from({ length: limit }, (_, index) => index + 1).map((rows) =>
              newest(side === 'start' ? offset : offset + limit - rows, rows),
            )
            const largest = parts.findLast((part) => pagesThatHold(part, sizes).length > 0)
            expect(fitRange(newest(offset, limit), side, sizes)).toEqual(largest)
          }
        }
      }
    }
  })
})

/** A request of a page, the rows that came, the total and the stated size. */
type Case = [string, PageRequest, PageCounts, PageSizeEvidence]

const request = (page: number, perPage: number): PageRequest => ({ page, perPage })
const counts = (rows: number, total: number, perPage: number | null = null): PageCounts => ({ rows, total, perPage })
const AS_ASKED = { kind: 'as-requested' } as const
const UNSTATED = { kind: 'unstated', isStated: false } as const
const WHOLE = { kind: 'whole-list' } as const
const stated = (perPage: number) => ({ kind: 'stated', perPage }) as const
const inconsistent = (expectedRows: number, isStated = false) =>
  ({ kind: 'inconsistent', expectedRows, isStated }) as const

describe('assessPageSize()', () => {
  it.each<Case>([
    ['a full first page', request(1, 20), counts(20, 90), AS_ASKED],
    ['a full page', request(2, 20), counts(20, 90), UNSTATED],
    ['a full page with the size', request(2, 20), counts(20, 90, 20), AS_ASKED],
    ['a page with the size that ends at the total', request(2, 20), counts(5, 25, 20), AS_ASKED],
    ['a page that ends at the total', request(2, 20), counts(5, 25), UNSTATED],
    ['an empty page behind the end', request(3, 20), counts(0, 25), UNSTATED],
    ['an empty list', request(1, 20), counts(0, 0), AS_ASKED],
    ['a short first page of a list that ends there', request(1, 100), counts(11, 11), AS_ASKED],
    ['more rows than asked that are the whole list', request(1, 5), counts(11, 11), WHOLE],
    ['a stated size that is just the number of rows of a short list', request(1, 100), counts(3, 3, 3), WHOLE],
    ['a smaller stated size', request(2, 50), counts(20, 90, 20), stated(20)],
    ['a larger stated size', request(2, 5), counts(20, 90, 20), stated(20)],
    ['a smaller stated size at the end of the list', request(5, 50), counts(10, 90, 20), stated(20)],
    ['a smaller stated size behind the end', request(3, 50), counts(0, 30, 20), stated(20)],
    ['a short page inside the list', request(1, 100), counts(40, 41), inconsistent(41)],
    ['a short second page inside the list', request(2, 21), counts(1, 41), inconsistent(20)],
    ['an empty page inside the list', request(2, 11), counts(0, 41), inconsistent(11)],
    ['rows from behind the end', request(2, 45), counts(10, 50), inconsistent(5)],
    ['more rows than asked', request(1, 5), counts(20, 90), inconsistent(5)],
    ['an empty page inside the list with the size', request(2, 20), counts(0, 90, 20), inconsistent(20, true)],
    ['fewer rows than the stated size', request(2, 50), counts(19, 90, 20), inconsistent(20, true)],
    ['more rows than the stated size', request(2, 20), counts(20, 90, 19), inconsistent(19, true)],
    ['a stated size of 0, which says nothing', request(2, 20), counts(20, 90, 0), UNSTATED],
  ])('judges %s', (_, asked, answer, evidence) => {
    expect(assessPageSize(asked, answer)).toEqual(evidence)
  })
})

describe('confirmsPageSize()', () => {
  const page = (start: number, stop: number, total: number) => ({
    rows: Array.from({ length: stop - start }, (_, index) => ({ id: `row-${start + index}`, instant: null, value: 0 })),
    total,
  })
  it.each([
    ['a full second page', page(0, 20, 90), page(20, 40, 90), true],
    ['a second page that ends the list', page(0, 40, 41), page(40, 41, 41), true],
    ['a second page without rows', page(0, 40, 41), page(41, 41, 41), false],
    ['a second page that is too short', page(0, 20, 90), page(20, 39, 90), false],
    ['a second page that is too long', page(0, 20, 90), page(20, 41, 90), false],
    ['a second page with a row of the first', page(0, 20, 90), page(19, 39, 90), false],
    ['a row that a new entry pushed over', page(0, 20, 90), page(19, 39, 91), true],
    ['more rows of the first than new entries', page(0, 20, 90), page(18, 38, 91), false],
    ['a list that shrank', page(0, 20, 90), page(21, 41, 89), true],
    ['a first page without rows', page(0, 0, 90), page(0, 0, 90), false],
  ])('judges %s', (_, first, second, expected) => {
    expect(confirmsPageSize(first, second)).toBe(expected)
  })
})

describe('adaptPageSizes()', () => {
  it.each([
    ['a smaller size is the largest one at first', upTo(100), 50, 20, upTo(20)],
    ['a larger size is the only one', upTo(100), 5, 20, only(20)],
    ['a smaller size than the only one is the only one', only(40), 40, 20, only(20)],
  ])('%s', (_, sizes, asked, used, expected) => {
    expect(adaptPageSizes(sizes, asked, used)).toEqual(expected)
  })
})
