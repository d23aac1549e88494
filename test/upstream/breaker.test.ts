import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Breaker, type BreakerChange, type CallOutcome, createBreaker } from '../../src/upstream/breaker.ts'

let clock: number
let changes: BreakerChange[]
let breaker: Breaker

const create = () =>
  createBreaker(
    {
      windowMs: 10_000,
      latestCalls: 12,
      minimumCalls: 4,
      faultShare: 0.75,
      firstPauseMs: 100,
      longestPauseMs: 1000,
      now: () => clock,
    },
    (change) => changes.push(change),
  )
/** Runs one call for each outcome. */
const run = (...outcomes: CallOutcome[]) => {
  for (const outcome of outcomes) breaker.tryAcquire()!.end(outcome)
}
const states = () => changes.map(({ state }) => state)
const open = () => run('failure', 'failure', 'failure', 'failure')

beforeEach(() => {
  clock = 1_000_000
  changes = []
  breaker = create()
})

describe('createBreaker()', () => {
  it('opens when enough calls have failed, and returns the time until the probe', () => {
    run('failure', 'failure', 'failure')
    expect(breaker.pausedForMs()).toBe(0)
    run('failure')
    expect(breaker.pausedForMs()).toBe(100)
    expect(breaker.tryAcquire()).toBeNull()
    expect(changes).toEqual([{ state: 'open', pauseMs: 100 }])
  })

  it.each<[string, CallOutcome[], boolean]>([
    ['three of four', ['success', 'failure', 'failure', 'failure'], true],
    ['two of four', ['success', 'success', 'failure', 'failure'], false],
    ['three of five', ['success', 'success', 'failure', 'failure', 'failure'], false],
    ['six of eight', ['success', 'success', 'failure', 'failure', 'failure', 'failure', 'failure', 'failure'], true],
    ['three, and one ignored', ['ignored', 'failure', 'failure', 'failure'], false],
  ])('opens by the share of failures: %s', (_, ends, opens) => {
    run(...ends)
    expect(states()).toEqual(opens ? ['open'] : [])
  })

  it('does not count calls that ended before its window', () => {
    for (let i = 0; i < 20; i++) {
      run('failure')
      clock += 3600_000
    }
    run('failure', 'failure', 'failure')
    expect(states()).toEqual([])
  })

  it('opens after the same number of failures, however many calls succeeded before', () => {
    run(...Array<CallOutcome>(1000).fill('success'), ...Array<CallOutcome>(8).fill('failure'))
    expect(states()).toEqual([])
    run('failure')
    expect(states()).toEqual(['open'])
  })

  it('counts calls that ended within its window', () => {
    for (let i = 0; i < 4; i++) {
      run('failure')
      clock += 2000
    }
    expect(states()).toEqual(['open'])
  })

  it('permits one probe after the pause, and no second call', () => {
    open()
    clock += 99
    expect([breaker.pausedForMs(), breaker.tryAcquire()]).toEqual([1, null])
    clock += 1
    expect(breaker.pausedForMs()).toBe(0)
    expect(breaker.tryAcquire()).toMatchObject({ isProbe: true })
    expect(breaker.tryAcquire()).toBeNull()
    expect(breaker.pausedForMs()).toBe(100)
    expect(states()).toEqual(['open', 'half-open'])
  })

  it('closes when the probe succeeds, and counts from zero', () => {
    open()
    clock += 100
    run('success', 'failure', 'failure', 'failure')
    expect(states()).toEqual(['open', 'half-open', 'closed'])
    run('failure')
    expect(states()).toEqual(['open', 'half-open', 'closed', 'open'])
  })

  it('doubles the pause with every failed probe, up to the longest, and resets it when it closes', () => {
    open()
    const pauses = () => changes.flatMap((change) => (change.state === 'open' ? [change.pauseMs] : []))
    for (let i = 0; i < 5; i++) {
      clock += breaker.pausedForMs()
      run('failure')
    }
    expect(pauses()).toEqual([100, 200, 400, 800, 1000, 1000])
    clock += 1000
    run('success')
    open()
    expect(pauses().at(-1)).toBe(100)
  })

  it('permits another probe after the first pause when a probe is ignored', () => {
    open()
    clock += 100
    run('failure')
    clock += 200
    run('ignored')
    expect(breaker.pausedForMs()).toBe(100)
    clock += 100
    run('failure')
    expect(breaker.pausedForMs()).toBe(400)
  })

  it.each<CallOutcome>(['success', 'failure', 'ignored'])('does not count a call from before it opened: %s', (end) => {
    const late = Array.from({ length: 15 }, () => breaker.tryAcquire()!)
    const endSome = () => {
      for (const permit of late.splice(0, 5)) permit.end(end)
    }
    open()
    endSome()
    clock += 100
    const probe = breaker.tryAcquire()!
    expect([late[0]!.isCurrent(), probe.isCurrent()]).toEqual([false, true])
    endSome()
    expect(states()).toEqual(['open', 'half-open'])
    probe.end('success')
    endSome()
    expect(states()).toEqual(['open', 'half-open', 'closed'])
    expect(breaker.pausedForMs()).toBe(0)
  })

  it('is never open for longer than the longest pause, and never has two probes in flight', () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 3000 }),
      do: fc.constantFrom('tryAcquire', 'success', 'failure', 'ignored'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        clock = 0
        changes = []
        breaker = create()
        const out: NonNullable<ReturnType<Breaker['tryAcquire']>>[] = []
        for (const { waitMs, do: action } of steps) {
          clock += waitMs
          if (action !== 'tryAcquire') out.shift()?.end(action)
          else {
            const pausedForMs = breaker.pausedForMs()
            const permit = breaker.tryAcquire()
            expect(permit !== null).toBe(pausedForMs === 0)
            if (permit !== null) out.push(permit)
          }
          expect(out.filter((permit) => permit.isProbe && permit.isCurrent()).length).toBeLessThanOrEqual(1)
          expect(breaker.pausedForMs()).toBeLessThanOrEqual(1000)
        }
        for (const [index, { state }] of changes.entries()) {
          const before = changes[index - 1]?.state ?? 'closed'
          const follows = { closed: ['open'], open: ['half-open'], 'half-open': ['open', 'closed'] }
          expect(follows[before]).toContain(state)
        }
      }),
    )
  })
})
