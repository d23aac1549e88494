import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { createSlots } from '../../src/http/slots.ts'

const never = new AbortController().signal
/** Lets everything happen that is due. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('createSlots()', () => {
  it('gives out as many slots as there are, then lets as many wait as may, and refuses the next', async () => {
    const slots = createSlots(2, 1)
    const taken = [slots.take(never), slots.take(never), slots.take(never), slots.take(never)]
    expect(taken.map((turn) => turn === null)).toEqual([false, false, false, true])
    await Promise.all(taken.slice(0, 2))
    expect(await Promise.race([taken[2], settle().then(() => 'waiting')])).toBe('waiting')
  })

  it('hands a slot to the one who has waited longest, also when somebody asks just then', async () => {
    const slots = createSlots(1, 9)
    const order: string[] = []
    const enter = async (name: string) => {
      const free = await slots.take(never)!
      order.push(name)
      return free
    }
    const first = await enter('first')
    const second = enter('second')
    const third = enter('third')
    first()
    const newcomer = enter('newcomer')
    ;(await second)()
    ;(await third)()
    ;(await newcomer)()
    expect(order).toEqual(['first', 'second', 'third', 'newcomer'])
  })

  it('frees a slot once, however often it is told to', async () => {
    const slots = createSlots(1, 0)
    const free = await slots.take(never)!
    free()
    free()
    expect(slots.take(never)).not.toBeNull()
    expect(slots.take(never)).toBeNull()
  })

  it('lets go of one who gives up, at once and with the reason, and gives the place to another', async () => {
    const slots = createSlots(1, 1)
    const free = await slots.take(never)!
    const leaving = new AbortController()
    const reason = new Error('gone')
    const left = slots.take(leaving.signal)!
    leaving.abort(reason)
    await expect(left).rejects.toBe(reason)
    const next = slots.take(never)!
    free()
    expect(await next).toBeTypeOf('function')
  })

  it('takes no slot for one who has given up before', async () => {
    const slots = createSlots(1, 0)
    const reason = new Error('gone')
    await expect(slots.take(AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(slots.take(never)).not.toBeNull()
  })

  it('leaves no listener on a signal', async () => {
    const { signal } = new AbortController()
    const add = vi.spyOn(signal, 'addEventListener')
    const remove = vi.spyOn(signal, 'removeEventListener')
    const slots = createSlots(1, 1)
    const free = await slots.take(signal)!
    const next = slots.take(signal)!
    free()
    await next
    expect([add.mock.calls.length, remove.mock.calls.length]).toEqual([1, 1])
  })

  it('never has more out than there are, and loses none, in whatever order they come and go', async () => {
    const action = fc.record({ what: fc.constantFrom('take', 'free', 'leave'), which: fc.nat(20) })
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.array(action, { maxLength: 80 }), async (places, actions) => {
        const slots = createSlots(2, places)
        const out: (() => void)[] = []
        const waiting: AbortController[] = []
        for (const { what, which } of actions) {
          if (what === 'free') out.splice(which % (out.length || 1), 1)[0]?.()
          else if (what === 'leave') waiting.splice(which % (waiting.length || 1), 1)[0]?.abort()
          else {
            const controller = new AbortController()
            const isFull = out.length === 2 && waiting.length === places
            const turn = slots.take(controller.signal)
            expect(turn === null).toBe(isFull)
            if (turn === null) continue
            waiting.push(controller)
            turn.then(
              (free) => {
                waiting.splice(waiting.indexOf(controller), 1)
                out.push(free)
              },
              () => {},
            )
          }
          await settle()
          expect(out.length).toBeLessThanOrEqual(2)
          expect(waiting.length === 0 || out.length === 2).toBe(true)
        }
      }),
      { numRuns: 50 },
    )
  })
})
