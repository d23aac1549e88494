import { describe, expect, it } from 'vitest'
import { forEachConcurrently, TaskProgress } from '../../../src/providers/vobiz/concurrency.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('forEachConcurrently()', () => {
  it('runs a task for each item in order, never more than the limit at a time', async () => {
    const started: number[] = []
    let running = 0
    let most = 0
    await forEachConcurrently([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      started.push(item)
      running += 1
      most = Math.max(most, running)
      await turn()
      running -= 1
    })
    expect([started, most, running]).toEqual([[1, 2, 3, 4, 5, 6, 7], 3, 0])
  })

  it('rejects with the first failure and starts no further task', async () => {
    const started: number[] = []
    const run = forEachConcurrently([1, 2, 3, 4, 5], 2, async (item) => {
      started.push(item)
      await turn()
      if (item === 2) throw new Error('item 2 failed')
    })
    await expect(run).rejects.toThrow('item 2 failed')
    const atFailure = [...started]
    await turn()
    await turn()
    expect(started).toEqual(atFailure)
    expect(started).not.toContain(5)
  })

  it('does nothing without items', async () => {
    await expect(forEachConcurrently([], 4, async () => Promise.reject(new Error('called')))).resolves.toBeUndefined()
  })
})

describe('TaskProgress', () => {
  it('yields zero first, and tasks that finish together as one number', async () => {
    const progress = new TaskProgress()
    const counts = progress.counts(3)
    const yielded = [(await counts.next()).value]
    progress.advance()
    progress.advance()
    yielded.push((await counts.next()).value)
    const last = counts.next()
    await turn()
    progress.advance()
    yielded.push((await last).value)
    expect([yielded, (await counts.next()).done]).toEqual([[0, 2, 3], true])
  })

  it('ends when a task fails while the reader waits', async () => {
    const progress = new TaskProgress()
    const counts = progress.counts(3)
    await counts.next()
    const next = counts.next()
    await turn()
    progress.fail()
    expect((await next).done).toBe(true)
  })

  it('yields zero once and ends when there are no tasks', async () => {
    const yielded: number[] = []
    for await (const count of new TaskProgress().counts(0)) yielded.push(count)
    expect(yielded).toEqual([0])
  })
})
