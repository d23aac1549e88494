import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLimiter } from '../../src/upstream/limiter.ts'

describe('createLimiter()', () => {
  it('runs at most `limit` tasks at a time, in the order of the calls, and all of them, even after a failure', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.record({ turns: fc.nat(4), fails: fc.boolean() }), { maxLength: 40 }),
        async (limit, tasks) => {
          const limiter = createLimiter(limit)
          const started: number[] = []
          let running = 0
          let most = 0
          const results = await Promise.allSettled(
            tasks.map(({ turns, fails }, index) =>
              limiter.run(async () => {
                started.push(index)
                most = Math.max(most, ++running)
                for (let turn = 0; turn <= turns; turn++) await Promise.resolve()
                running--
                if (fails) throw new Error(`task ${index}`)
                return index
              }),
            ),
          )
          expect(most).toBe(Math.min(limit, tasks.length))
          expect(started).toEqual(tasks.map((_, index) => index))
          expect(results.map(({ status }) => status === 'rejected')).toEqual(tasks.map(({ fails }) => fails))
        },
      ),
    )
  })

  it('starts the next task as soon as one has ended', async () => {
    const limiter = createLimiter(1)
    const { promise, resolve } = Promise.withResolvers<void>()
    const first = limiter.run(() => promise)
    let isStarted = false
    const second = limiter.run(async () => {
      isStarted = true
    })
    await new Promise((done) => setImmediate(done))
    expect(isStarted).toBe(false)
    resolve()
    await Promise.all([first, second])
    expect(isStarted).toBe(true)
  })
})
