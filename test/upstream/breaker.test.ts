import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Breaker, type BreakerChange, type CallEnd, createBreaker } from '../../src/upstream/breaker.ts'

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
/** Lets calls through, and ends each in its way. */
const run = (...ends: CallEnd[]) => {
  for (const end of ends) breaker.admit()!.end(end)
}
const states = () => changes.map(({ state }) => state)
const open = () => run('fault', 'fault', 'fault', 'fault')

beforeEach(() => {
  clock = 1_000_000
  changes = []
  breaker = create()
})

describe('createBreaker()', () => {
  it('opens when enough calls have failed, and tells for how long', () => {
    run('fault', 'fault', 'fault')
    expect(breaker.pausedForMs()).toBe(0)
    run('fault')
    expect(breaker.pausedForMs()).toBe(100)
    expect(breaker.admit()).toBeNull()
    expect(changes).toEqual([{ state: 'open', pauseMs: 100 }])
  })

  it.each<[string, CallEnd[], boolean]>([
    ['three of four', ['fine', 'fault', 'fault', 'fault'], true],
    ['two of four', ['fine', 'fine', 'fault', 'fault'], false],
    ['three of five', ['fine', 'fine', 'fault', 'fault', 'fault'], false],
    ['six of eight', ['fine', 'fine', 'fault', 'fault', 'fault', 'fault', 'fault', 'fault'], true],
    ['three, and one of which nothing is known', ['unknown', 'fault', 'fault', 'fault'], false],
  ])('opens by the share of faults: %s', (_, ends, opens) => {
    run(...ends)
    expect(states()).toEqual(opens ? ['open'] : [])
  })

  it('forgets what ended before its window, however few calls there are', () => {
    for (let i = 0; i < 20; i++) {
      run('fault')
      clock += 3600_000
    }
    run('fault', 'fault', 'fault')
    expect(states()).toEqual([])
  })

  it('opens as soon after a long good time as after a short one', () => {
    run(...Array<CallEnd>(1000).fill('fine'), ...Array<CallEnd>(8).fill('fault'))
    expect(states()).toEqual([])
    run('fault')
    expect(states()).toEqual(['open'])
  })

  it('remembers what ended within its window', () => {
    for (let i = 0; i < 4; i++) {
      run('fault')
      clock += 2000
    }
    expect(states()).toEqual(['open'])
  })

  it('lets one call through after the pause, and none beside it', () => {
    open()
    clock += 99
    expect([breaker.pausedForMs(), breaker.admit()]).toEqual([1, null])
    clock += 1
    expect(breaker.pausedForMs()).toBe(0)
    expect(breaker.admit()).toMatchObject({ isProbe: true })
    expect(breaker.admit()).toBeNull()
    expect(breaker.pausedForMs()).toBe(100)
    expect(states()).toEqual(['open', 'half-open'])
  })

  it('closes when the probe ends well, and begins to count anew', () => {
    open()
    clock += 100
    run('fine', 'fault', 'fault', 'fault')
    expect(states()).toEqual(['open', 'half-open', 'closed'])
    run('fault')
    expect(states()).toEqual(['open', 'half-open', 'closed', 'open'])
  })

  it('doubles the pause with every probe that fails, up to the longest, and begins anew once it has closed', () => {
    open()
    const pauses = () => changes.flatMap((change) => (change.state === 'open' ? [change.pauseMs] : []))
    for (let i = 0; i < 5; i++) {
      clock += breaker.pausedForMs()
      run('fault')
    }
    expect(pauses()).toEqual([100, 200, 400, 800, 1000, 1000])
    clock += 1000
    run('fine')
    open()
    expect(pauses().at(-1)).toBe(100)
  })

  it('learns nothing from a probe that ended without an outcome, and tries again after the first pause', () => {
    open()
    clock += 100
    run('fault')
    clock += 200
    run('unknown')
    expect(breaker.pausedForMs()).toBe(100)
    clock += 100
    run('fault')
    expect(breaker.pausedForMs()).toBe(400)
  })

  it.each<CallEnd>(['fine', 'fault', 'unknown'])('takes no notice of a call from before it opened: %s', (end) => {
    const late = Array.from({ length: 15 }, () => breaker.admit()!)
    const endSome = () => {
      for (const admission of late.splice(0, 5)) admission.end(end)
    }
    open()
    endSome()
    clock += 100
    const probe = breaker.admit()!
    expect([late[0]!.isCurrent(), probe.isCurrent()]).toEqual([false, true])
    endSome()
    expect(states()).toEqual(['open', 'half-open'])
    probe.end('fine')
    endSome()
    expect(states()).toEqual(['open', 'half-open', 'closed'])
    expect(breaker.pausedForMs()).toBe(0)
  })

  it('is never open for longer than told, and never has two probes out', () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 3000 }),
      do: fc.constantFrom('admit', 'fine', 'fault', 'unknown'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        clock = 0
        changes = []
        breaker = create()
        const out: NonNullable<ReturnType<Breaker['admit']>>[] = []
        for (const { waitMs, do: action } of steps) {
          clock += waitMs
          if (action !== 'admit') out.shift()?.end(action)
          else {
            const pausedForMs = breaker.pausedForMs()
            const admission = breaker.admit()
            expect(admission !== null).toBe(pausedForMs === 0)
            if (admission !== null) out.push(admission)
          }
          expect(out.filter((admission) => admission.isProbe && admission.isCurrent()).length).toBeLessThanOrEqual(1)
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
