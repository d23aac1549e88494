import { describe, expect, it, vi } from 'vitest'
import { Cancellation } from '../../src/upstream/cancellation.ts'

describe('Cancellation', () => {
  it('calls the latest listener once, with the first reason', () => {
    const cancellation = new Cancellation()
    const [earlier, latest] = [vi.fn(), vi.fn()]
    cancellation.listen(earlier)
    cancellation.listen(latest)
    cancellation.cancel('first')
    cancellation.cancel('second')
    expect([earlier.mock.calls, latest.mock.calls]).toEqual([[], [['first']]])
    expect([cancellation.isCancelled, cancellation.reason]).toEqual([true, 'first'])
  })

  it('calls no listener that was removed', () => {
    const cancellation = new Cancellation()
    const listener = vi.fn()
    cancellation.listen(listener)
    cancellation.listen(null)
    cancellation.cancel('gone')
    expect(listener).not.toHaveBeenCalled()
  })

  it('is a signal whose listener is called once, unless it was removed', () => {
    const [cancellation, removed] = [new Cancellation(), new Cancellation()]
    const listener = vi.fn()
    for (const signal of [cancellation, removed]) signal.addEventListener('abort', listener)
    removed.removeEventListener()
    expect(cancellation.aborted).toBe(false)
    for (const signal of [cancellation, removed]) signal.cancel('gone')
    expect(listener).toHaveBeenCalledOnce()
    expect([cancellation.aborted, cancellation.reason]).toEqual([true, 'gone'])
  })

  it.each(['before', 'after'])(
    'aborts its signal with the reason, when it is cancelled %s the signal is used',
    (when) => {
      const cancellation = new Cancellation()
      if (when === 'before') cancellation.cancel('gone')
      const { signal } = cancellation
      expect(signal.aborted).toBe(when === 'before')
      cancellation.cancel('gone')
      expect([signal.aborted, signal.reason, cancellation.signal]).toEqual([true, 'gone', signal])
    },
  )

  it('throws the reason from then on', () => {
    const cancellation = new Cancellation()
    expect(() => cancellation.throwIfCancelled()).not.toThrow()
    const reason = new Error('gone')
    cancellation.cancel(reason)
    expect(() => cancellation.throwIfCancelled()).toThrow(reason)
  })
})
