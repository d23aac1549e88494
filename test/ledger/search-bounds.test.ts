import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  areClosed,
  narrow,
  planStep,
  type SearchAnswer,
  type SearchBounds,
  startBounds,
  withEndCheck,
  withTotal,
} from '../../src/ledger/locate/search-bounds.ts'

const boundsOf = (changes: Partial<SearchBounds> = {}): SearchBounds => ({ ...startBounds(null, 100), ...changes })
const answerOf = (changes: Partial<SearchAnswer>): SearchAnswer => ({
  offset: 0,
  rows: 0,
  limit: 100,
  total: null,
  totalIsExact: false,
  before: 0,
  ...changes,
})
const between = (low: number, high: number): Partial<SearchBounds> => ({ low, high, isLowSeen: true, isHighSeen: true })

describe('withTotal()', () => {
  it.each<[string, Partial<SearchBounds>, number | null, Partial<SearchBounds>]>([
    ['keeps bounds without a total', between(10, 20), null, {}],
    ['takes a first total as the upper bound', { low: 10 }, 50, { low: 10, high: 50, total: 50 }],
    ['moves the upper bound when the list grows', { ...between(10, 20), total: 50 }, 53, { high: 23, total: 53 }],
    ['moves the lower bound when the list shrinks', { ...between(10, 20), total: 50 }, 47, { low: 7, total: 47 }],
    ['does not go below the beginning', { ...between(2, 20), total: 50 }, 40, { low: 0, total: 40 }],
    ['does not go beyond the list', { ...between(2, 50), total: 50 }, 40, { low: 0, high: 40, total: 40 }],
  ])('%s', (_, before, total, after) => {
    expect(withTotal(boundsOf(before), total)).toEqual(boundsOf({ ...before, ...after }))
  })
})

describe('narrow()', () => {
  it.each<[string, Partial<SearchBounds>, Partial<SearchAnswer>, Partial<SearchBounds>]>([
    ['raises the lower bound', {}, { offset: 40, rows: 10, before: 10 }, { low: 50, isLowSeen: true }],
    ['lowers the upper bound', {}, { offset: 40, rows: 10, before: 0 }, { high: 40, isHighSeen: true }],
    [
      'raises it over rows that are partly before',
      {},
      { offset: 40, rows: 10, before: 4 },
      { low: 50, isLowSeen: true },
    ],
    ['counts rows of the beginning as seen', {}, { offset: 0, rows: 10, before: 0 }, { low: 10, isLowSeen: true }],
    ['does not widen the bounds', between(45, 60), { offset: 40, rows: 3, limit: 3, before: 3 }, {}],
    ['follows a list that has shrunk', between(45, 60), { offset: 40, rows: 3, limit: 10, before: 3 }, { low: 43 }],
    [
      'takes a short answer of a provider that clamps for no sign of that',
      { ...between(45, 60), maxAnswered: 3 },
      { offset: 40, rows: 3, limit: 10, before: 3 },
      {},
    ],
    [
      'drops an upper bound that an answer contradicts',
      { ...between(10, 20), total: 90 },
      { offset: 30, rows: 5, before: 5 },
      { low: 35, high: 90, isHighSeen: false },
    ],
    [
      'drops a lower bound that an answer contradicts',
      between(10, 20),
      { offset: 5, rows: 5, before: 0 },
      { low: 0, high: 5, isLowSeen: false },
    ],
  ])('%s', (_, before, answer, after) => {
    expect(narrow(boundsOf(before), answerOf(answer))).toEqual(boundsOf({ ...before, ...after }))
  })
})

describe('planStep()', () => {
  const size = { count: 20, maxRows: 100 }
  const plan = (
    bounds: Partial<SearchBounds>,
    answer: Partial<SearchAnswer> = { rows: 100, before: 50 },
    grows = true,
  ) => planStep(boundsOf(bounds), boundsOf({ low: -1 }), answerOf(answer), size, grows)

  it.each<[string, Partial<SearchBounds>, number]>([
    ['gallops on from the lower bound', { low: 100, isLowSeen: true }, 200],
    ['gallops back from the upper bound', { high: 500, isHighSeen: true, step: 200 }, 300],
    ['stops at the beginning', { high: 50, isHighSeen: true }, 0],
    ['stops at a known end', { low: 100, isLowSeen: true, high: 130 }, 130],
    ['halves what is between two answers', between(100, 200), 150],
    ['looks at the only place that is left', between(100, 100), 100],
  ])('%s', (_, bounds, at) => {
    const { step, bounds: next } = plan(bounds)
    expect(step).toEqual({ at, ahead: 99, isEndCheck: false })
    expect(next.step).toBe((bounds.step ?? 100) * 2)
  })

  it('checks whether a list without a total ends behind a short answer', () => {
    const bounds = { low: 30, isLowSeen: true, high: 500 }
    const { step, bounds: next } = plan(bounds, { offset: 0, rows: 30, before: 30 }, false)
    expect([step, next.shortAnswer]).toEqual([{ at: 30, ahead: 0, isEndCheck: true }, 30])
    expect(withEndCheck(next, 1).maxAnswered).toBe(30)
    expect(withEndCheck(next, 0).maxAnswered).toBe(Number.POSITIVE_INFINITY)
  })

  it('asks for no more than the provider turned out to answer', () => {
    expect(plan({ ...between(0, 200), maxAnswered: 30 }).step.ahead).toBe(29)
  })

  it('forgets that when the bounds no longer move', () => {
    const bounds = boundsOf({ ...between(0, 200), maxAnswered: 30 })
    expect(planStep(bounds, bounds, answerOf({ rows: 30, before: 5 }), size, true).bounds.maxAnswered).toBe(
      Number.POSITIVE_INFINITY,
    )
  })

  it('comes to any place of a list in a logarithmic number of steps', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), fc.boolean(), (place, more, grows) => {
        const total = place + more
        let bounds = startBounds(total, 100)
        let at = 0
        let steps = 0
        for (; !areClosed(bounds); steps++) {
          const offset = Math.max(0, Math.min(at, total) - 1)
          const rows = Math.min(2, total - offset)
          const answer = answerOf({
            offset,
            rows,
            limit: 2,
            total,
            totalIsExact: true,
            before: Math.max(0, Math.min(rows, place - offset)),
          })
          if (answer.before > 0 ? answer.before < rows || offset + rows === total : offset === 0) break
          const narrowed = narrow(withTotal(bounds, total), answer)
          const next = planStep(narrowed, bounds, answer, size, grows)
          bounds = next.bounds
          at = next.step.at
        }
        expect(steps).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(total + 2)) + 2)
      }),
    )
  })
})
