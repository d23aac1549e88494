import { describe, expect, it } from 'vitest'
import { LimitExceededError } from '../src/errors.ts'
import { accountSetOf, createListReservations, createMeter } from '../src/operation.ts'

const meterOf = (maxRequests: number) => createMeter({ maxRequests, maxRows: 0 })

/** Counts the requests that a meter still allows. */
function remaining(meter: ReturnType<typeof meterOf>): number {
  for (let sent = 0; ; sent++) {
    try {
      meter.request('TEST')
    } catch (error) {
      if (!(error instanceof LimitExceededError)) throw error
      return sent
    }
  }
}

describe('Meter.reserve()', () => {
  it('keeps reserved requests for the requests that follow', () => {
    const meter = meterOf(10)
    meter.reserve(6)
    expect(remaining(meter)).toBe(10)
  })

  it('counts sent and reserved requests together', () => {
    const meter = meterOf(10)
    meter.request('TEST')
    meter.reserve(6)
    meter.request('TEST')
    expect(() => meter.reserve(4)).toThrow(
      'This operation would send at least 11 requests to providers, and one may send at most 10.',
    )
    meter.reserve(3)
    expect(remaining(meter)).toBe(8)
  })

  it('reserves nothing when it throws', () => {
    const meter = meterOf(3)
    expect(() => meter.reserve(4)).toThrow(LimitExceededError)
    meter.reserve(3)
    expect(() => meter.reserve(1)).toThrow(LimitExceededError)
  })
})

describe('createListReservations()', () => {
  it('reserves one request for each list, however often it is opened', () => {
    const meter = meterOf(5)
    const reserve = createListReservations(meter)
    reserve(['a', 'b', 'c'])
    reserve(['b', 'c', 'd', 'a'])
    expect(() => reserve(['e', 'f'])).toThrow(/at least 6 requests/)
    reserve(['d', 'e'])
  })

  it('reserves nothing for a list that is opened alone', () => {
    const reserve = createListReservations(meterOf(0))
    expect(() => reserve(['a'])).not.toThrow()
    expect(() => reserve(['a', 'b'])).toThrow(LimitExceededError)
  })
})

describe('accountSetOf()', () => {
  it('makes the set of a grant once, in its order', () => {
    const grant = { accounts: ['b', 'a', 'b'] }
    const set = accountSetOf(grant)!
    expect([...set]).toEqual(['b', 'a'])
    expect(accountSetOf({ ...grant })).toBe(set)
    expect(accountSetOf({ accounts: null })).toBeNull()
  })
})
