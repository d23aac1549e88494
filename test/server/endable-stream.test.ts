import { describe, expect, it, vi } from 'vitest'
import { EndableStream } from '../../src/server/endable-stream.ts'

/** A source that yields its values, then waits until it is ended. */
function sourceOf(values: readonly number[]) {
  const { promise, resolve } = Promise.withResolvers<IteratorResult<number>>()
  const left = [...values]
  const source = {
    isReturned: false,
    [Symbol.asyncIterator]: () => source,
    next: () => (left.length > 0 ? Promise.resolve({ done: false, value: left.shift()! } as const) : promise),
    async return() {
      source.isReturned = true
      resolve({ done: true, value: undefined })
      return { done: true, value: undefined } as const
    },
  }
  return source
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = []
  for await (const value of stream) values.push(value)
  return values
}

describe('EndableStream', () => {
  it('passes values on, and ends with its source', async () => {
    const onEnd = vi.fn()
    async function* numbers() {
      yield 1
      yield 2
    }
    expect(await collect(new EndableStream(numbers(), onEnd))).toEqual([1, 2])
    expect(onEnd).toHaveBeenCalledTimes(1)
  })

  it('gives a waiting reader the last value, then the end, and ends its source', async () => {
    const source = sourceOf([1])
    const onEnd = vi.fn()
    const stream = new EndableStream(source, onEnd)
    expect(await stream.next()).toEqual({ done: false, value: 1 })
    const next = stream.next()
    stream.endWith(99)
    stream.endWith(100)
    expect([await next, await stream.next()]).toEqual([
      { done: false, value: 99 },
      { done: true, value: undefined },
    ])
    expect(source.isReturned).toBe(true)
    expect(onEnd).toHaveBeenCalledTimes(1)
  })

  it('keeps the last value for a reader that comes later', async () => {
    const stream = new EndableStream(sourceOf([1]), () => {})
    stream.endWith(99)
    expect(await collect(stream)).toEqual([99])
  })

  it('ends its source when the reader leaves, also while it waits', async () => {
    const source = sourceOf([])
    const onEnd = vi.fn()
    const stream = new EndableStream(source, onEnd)
    const next = stream.next()
    await stream.return()
    expect(await next).toEqual({ done: true, value: undefined })
    expect([source.isReturned, onEnd.mock.calls.length]).toEqual([true, 1])
  })

  it('passes a failure on and has ended then', async () => {
    const onEnd = vi.fn()
    const stream = new EndableStream(
      { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('no')) }) },
      onEnd,
    )
    await expect(stream.next()).rejects.toThrow('no')
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect(onEnd).toHaveBeenCalledTimes(1)
  })
})
