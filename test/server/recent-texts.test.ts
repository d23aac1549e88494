import { describe, expect, it, vi } from 'vitest'
import { keepRecent } from '../../src/server/recent-texts.ts'

describe('keepRecent()', () => {
  it('computes a result once, also when it is null', () => {
    const compute = vi.fn((text: string) => (text === 'none' ? null : text.length))
    const lengthOf = keepRecent(compute)
    expect([lengthOf('four'), lengthOf('none'), lengthOf('four'), lengthOf('none')]).toEqual([4, null, 4, null])
    expect(compute).toHaveBeenCalledTimes(2)
  })

  it('keeps no result of a long text', () => {
    const compute = vi.fn((text: string) => text.length)
    const lengthOf = keepRecent(compute, 3)
    expect([lengthOf('four'), lengthOf('four')]).toEqual([4, 4])
    expect(compute).toHaveBeenCalledTimes(2)
  })

  it('drops all results when there are too many', () => {
    const compute = vi.fn((text: string) => text.length)
    const lengthOf = keepRecent(compute)
    for (let index = 0; index <= 100; index++) lengthOf(`text ${index}`)
    lengthOf('text 100')
    expect(compute).toHaveBeenCalledTimes(101)
    lengthOf('text 0')
    expect(compute).toHaveBeenCalledTimes(102)
  })
})
