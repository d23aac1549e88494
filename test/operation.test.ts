import { describe, expect, it } from 'vitest'
import { LimitExceededError } from '../src/errors.ts'
import { accountSetOf, createListReservations, createMeter, OperationSignal } from '../src/operation.ts'

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

describe('OperationSignal', () => {
  it('calls each listener once, in their order, and keeps the first reason', () => {
    const signal = new OperationSignal()
    const calls: string[] = []
    signal.addEventListener('abort', () => calls.push('first'))
    signal.addEventListener('abort', () => calls.push('second'))
    expect(signal).toMatchObject({ aborted: false, reason: undefined })
    signal.abort('left')
    signal.abort('late')
    expect(signal).toMatchObject({ aborted: true, reason: 'left' })
    expect(calls).toEqual(['first', 'second'])
  })

  it('does not call a listener that was removed, even by another listener', () => {
    const signal = new OperationSignal()
    const calls: string[] = []
    const removed = () => calls.push('removed')
    signal.addEventListener('abort', () => signal.removeEventListener('abort', last))
    signal.addEventListener('abort', removed)
    const last = () => calls.push('last')
    signal.addEventListener('abort', last)
    signal.removeEventListener('abort', removed)
    signal.abort('left')
    expect(calls).toEqual([])
  })

  it('throws the reason once it has aborted', () => {
    const signal = new OperationSignal()
    const reason = new Error('left')
    expect(() => signal.throwIfAborted()).not.toThrow()
    signal.abort(reason)
    expect(() => signal.throwIfAborted()).toThrow(reason)
  })
})
