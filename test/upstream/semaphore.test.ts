import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type Acquisition, createSemaphore, type Release } from '../../src/upstream/semaphore.ts'

const never = new AbortController().signal
/** Runs all pending callbacks. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

/** A semaphore whose slots are named in the order in which they are granted. */
function recording(slots: number, places: number) {
  const semaphore = createSemaphore(slots, places)
  const granted: string[] = []
  const releases = new Map<string, Release>()
  return {
    granted,
    /** Acquires a slot for a request of these callers, such as `a1` or `a1+b1`; the caller is the first letter. */
    acquire(name: string, signal = never): Acquisition | null {
      const callers = name.split('+').map((part) => part[0]!)
      const acquisition = semaphore.acquire(callers, signal)
      acquisition?.slot.then(
        (release) => {
          granted.push(name)
          releases.set(name, release)
        },
        () => {},
      )
      return acquisition
    },
    async release(name: string) {
      releases.get(name)!()
      await settle()
    },
  }
}

describe('createSemaphore()', () => {
  it('grants all slots, queues requests, and rejects a request without a place', async () => {
    const { acquire, granted } = recording(2, 1)
    const acquisitions = ['a1', 'a2', 'a3', 'a4'].map((name) => acquire(name))
    expect(acquisitions.map((acquisition) => acquisition === null)).toEqual([false, false, false, true])
    await settle()
    expect(granted).toEqual(['a1', 'a2'])
  })

  it('serves the requests of one caller in the order of arrival, also when another one arrives during a handover', async () => {
    const { acquire, release, granted } = recording(1, 9)
    for (const name of ['a1', 'a2', 'a3']) acquire(name)
    await settle()
    const handedOver = release('a1')
    acquire('a4')
    await handedOver
    for (const name of ['a2', 'a3']) await release(name)
    expect(granted).toEqual(['a1', 'a2', 'a3', 'a4'])
  })

  it('serves the caller that holds the fewest slots first', async () => {
    const { acquire, release, granted } = recording(3, 20)
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'b1', 'b2']) acquire(name)
    await settle()
    for (const name of ['a1', 'a2', 'a3']) await release(name)
    // After a1: a holds 2, b none. After a2: a and b hold one each, and a was served less recently.
    expect(granted).toEqual(['a1', 'a2', 'a3', 'b1', 'a4', 'b2'])
  })

  it('serves callers that hold equally many slots in turn, however many requests each of them has', async () => {
    const { acquire, release, granted } = recording(1, 60)
    acquire('x1')
    for (let i = 1; i <= 6; i++) acquire(`a${i}`)
    for (const name of ['b1', 'b2', 'c1']) acquire(name)
    await settle()
    for (const name of ['x1', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3']) await release(name)
    expect(granted).toEqual(['x1', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4'])
  })

  it('leaves slots free for a caller that arrives later', async () => {
    const { acquire, granted } = recording(32, 200)
    for (let i = 0; i < 60; i++) acquire(`a${i}`)
    await settle()
    expect(granted).toHaveLength(29)
    for (const name of ['b1', 'c1', 'd1']) acquire(name)
    await settle()
    expect(granted.slice(29)).toEqual(['b1', 'c1', 'd1'])
  })

  it('limits one caller to half of the queue, and leaves places for others however many wait', async () => {
    const { acquire } = recording(1, 64)
    acquire('x1')
    const placesOf = (caller: string) => {
      let places = 0
      while (acquire(`${caller}${places}`) !== null) places++
      return places
    }
    expect(['a', 'b', 'c', 'd', 'e', 'f'].map(placesOf)).toEqual([32, 16, 8, 4, 2, 1])
  })

  it('rejects only the caller whose share of the queue is used up', async () => {
    const { acquire, release, granted } = recording(1, 4)
    for (const name of ['a1', 'a2', 'a3']) expect(acquire(name)).not.toBeNull()
    expect(acquire('a4')).toBeNull()
    expect(acquire('b1')).not.toBeNull()
    await settle()
    for (const name of ['a1', 'a2']) await release(name)
    expect(granted).toEqual(['a1', 'a2', 'b1'])
  })

  it('serves a request of several callers at whichever turn comes first, and once', async () => {
    const { acquire, release, granted } = recording(1, 60)
    acquire('x1')
    for (let i = 1; i <= 3; i++) acquire(`a${i}`)
    acquire('a4+b1')
    acquire('c1')
    await settle()
    for (const name of ['x1', 'a1', 'a4+b1', 'c1', 'a2', 'a3']) await release(name)
    expect(granted).toEqual(['x1', 'a1', 'a4+b1', 'c1', 'a2', 'a3'])
  })

  it('lets a caller that joins a waiting request bring it forward to its own turn', async () => {
    const { acquire, release, granted } = recording(1, 60)
    acquire('x1')
    for (let i = 1; i <= 3; i++) acquire(`a${i}`)
    const shared = acquire('a4')!
    await settle()
    shared.enlist('b')
    await release('x1')
    await release('a1')
    expect(granted).toEqual(['x1', 'a1', 'a4'])
  })

  it('gives a joined request a slot at once when only the share of its first caller was used up', async () => {
    const { acquire, granted } = recording(32, 200)
    for (let i = 0; i < 29; i++) acquire(`a${i}`)
    const shared = acquire('a29')!
    await settle()
    expect(granted).not.toContain('a29')
    shared.enlist('b')
    await settle()
    expect(granted).toContain('a29')
  })

  it('removes a request from the queue of a caller that withdraws, and keeps it in the others', async () => {
    const { acquire, release, granted } = recording(1, 60)
    acquire('x1')
    acquire('a1')
    const shared = acquire('a2+b1')!
    acquire('c1')
    await settle()
    shared.withdraw('b')
    for (const name of ['x1', 'a1', 'c1']) await release(name)
    expect(granted).toEqual(['x1', 'a1', 'c1', 'a2+b1'])
  })

  it('releases a slot once, however often release is called', async () => {
    const semaphore = createSemaphore(1, 1)
    const release = await semaphore.acquire('a', never)!.slot
    release()
    release()
    await semaphore.acquire('a', never)!.slot
    const second = semaphore.acquire('a', never)!
    expect(await Promise.race([second.slot, settle().then(() => 'waiting')])).toBe('waiting')
  })

  it('rejects an aborted request at once with the reason, and frees its place', async () => {
    const semaphore = createSemaphore(1, 1)
    const release = await semaphore.acquire('a', never)!.slot
    const leaving = new AbortController()
    const reason = new Error('gone')
    const left = semaphore.acquire('a', leaving.signal)!.slot
    leaving.abort(reason)
    await expect(left).rejects.toBe(reason)
    const next = semaphore.acquire('a', never)!.slot
    release()
    expect(await next).toBeTypeOf('function')
  })

  it('grants no slot to a request that is already aborted', async () => {
    const semaphore = createSemaphore(1, 0)
    const reason = new Error('gone')
    await expect(semaphore.acquire('a', AbortSignal.abort(reason))!.slot).rejects.toBe(reason)
    expect(await semaphore.acquire('a', never)!.slot).toBeTypeOf('function')
  })

  it('leaves no listener on a signal', async () => {
    const { signal } = new AbortController()
    const add = vi.spyOn(signal, 'addEventListener')
    const remove = vi.spyOn(signal, 'removeEventListener')
    const semaphore = createSemaphore(1, 1)
    const release = await semaphore.acquire('a', signal)!.slot
    const next = semaphore.acquire('a', signal)!.slot
    release()
    await next
    expect([add.mock.calls.length, remove.mock.calls.length]).toEqual([1, 1])
  })
})

/** A request in the model of the properties. */
interface Request {
  readonly acquisition: Acquisition
  readonly leave: AbortController
  state: 'waiting' | 'granted' | 'left' | 'released'
  release: Release | null
}

const action = fc.record({
  what: fc.constantFrom('acquire', 'acquire', 'acquire', 'release', 'leave', 'enlist'),
  callers: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 2 }),
  which: fc.nat(50),
})

describe('a semaphore under any order of acquiring, aborting, joining and releasing', () => {
  it('never grants more slots than there are, withholds none, and serves every request that is not aborted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 12 }),
        fc.array(action, { maxLength: 60 }),
        async (slots, places, actions) => {
          const semaphore = createSemaphore(slots, places)
          const requests: Request[] = []
          const inState = (state: Request['state']) => requests.filter((request) => request.state === state)
          for (const { what, callers, which } of actions) {
            if (what === 'acquire') {
              const leave = new AbortController()
              const acquisition = semaphore.acquire(callers, leave.signal)
              if (acquisition === null) {
                // Another caller holds the place, or the caller's own requests hold as many as are left.
                expect(inState('waiting').length).toBeGreaterThanOrEqual(places / 2)
                continue
              }
              const request: Request = { acquisition, leave, state: 'waiting', release: null }
              requests.push(request)
              acquisition.slot.then(
                (release) => {
                  request.state = 'granted'
                  request.release = release
                },
                () => {
                  request.state = 'left'
                },
              )
            } else if (what === 'release') {
              const held = inState('granted')
              const request = held[which % (held.length || 1)]
              if (request) {
                request.release!()
                request.state = 'released'
              }
            } else {
              const waiting = inState('waiting')
              const request = waiting[which % (waiting.length || 1)]
              if (what === 'leave') request?.leave.abort()
              else request?.acquisition.enlist(callers[0]!)
            }
            await settle()
            const inUse = inState('granted').length
            const waiting = inState('waiting').length
            expect(inUse).toBeLessThanOrEqual(slots)
            expect(waiting).toBeLessThanOrEqual(places)
            // Slots stay free beside a wait only as the share that is kept for others, an eighth of what one caller holds.
            if (waiting > 0) expect(slots - inUse).toBeLessThanOrEqual(inUse / 8)
          }
          while (inState('granted').length > 0) {
            for (const request of inState('granted')) {
              request.release!()
              request.state = 'released'
            }
            await settle()
          }
          expect(inState('waiting')).toEqual([])
        },
      ),
      { numRuns: 100 },
    )
  })

  it('grants each slot to the waiting caller that holds the fewest, in the order of arrival within a caller', async () => {
    const single = fc.record({
      what: fc.constantFrom('acquire', 'acquire', 'release'),
      caller: fc.constantFrom('a', 'b', 'c', 'd'),
      which: fc.nat(50),
    })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.array(single, { maxLength: 80 }), async (slots, actions) => {
        const semaphore = createSemaphore(slots, 1000)
        const waiting = new Map<string, number[]>()
        const holders: { caller: string; release: Release }[] = []
        const inUse = (caller: string) => holders.filter((holder) => holder.caller === caller).length
        const violations: string[] = []
        let acquired = 0
        for (const { what, caller, which } of actions) {
          if (what === 'acquire') {
            const name = acquired++
            waiting.set(caller, [...(waiting.get(caller) ?? []), name])
            void semaphore.acquire([caller], never)!.slot.then((release) => {
              const queue = waiting.get(caller)!
              if (queue[0] !== name) violations.push(`${caller}: ${name} before ${queue[0]}`)
              for (const [other, names] of waiting) {
                if (names.length > 0 && inUse(other) < inUse(caller)) violations.push(`${caller} before ${other}`)
              }
              waiting.set(caller, queue.slice(1))
              holders.push({ caller, release })
            })
          } else if (holders.length > 0) {
            const [holder] = holders.splice(which % holders.length, 1)
            holder!.release()
          }
          await settle()
          expect(violations).toEqual([])
        }
      }),
      { numRuns: 100 },
    )
  })

  it('hands a slot over in a number of steps that depends on the callers, not on the waiting requests', async () => {
    const semaphore = createSemaphore(1, 100_000)
    const releases: Release[] = []
    for (let i = 0; i < 20_000; i++) {
      void semaphore.acquire(['a'], new AbortController().signal)!.slot.then((release) => releases.push(release))
    }
    await settle()
    const next = vi.spyOn(Object.getPrototypeOf(new Set()[Symbol.iterator]()), 'next')
    releases[0]!()
    const steps = next.mock.calls.length
    next.mockRestore()
    expect(steps).toBeGreaterThan(0)
    expect(steps).toBeLessThan(10)
    await settle()
    expect(releases).toHaveLength(2)
  })
})
