import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { takeTurn } from '../../src/event-loop.ts'

describe('takeTurn()', () => {
  /** Runs pieces of work of these sizes. Returns the indexes of the pieces that each turn of the event loop ran. */
  async function turnsOf(sizes: readonly number[]): Promise<number[][]> {
    const turns: number[][] = []
    let current: number[] = []
    const work = sizes.map(async (rows, index) => {
      await takeTurn(rows)
      current.push(index)
    })
    const all = Promise.all(work)
    let isDone = false
    void all.then(() => {
      isDone = true
    })
    while (!isDone) {
      await nextTurn()
      turns.push(current)
      current = []
    }
    return turns.filter((turn) => turn.length > 0)
  }

  const rowsIn = (turn: readonly number[], sizes: readonly number[]) =>
    turn.reduce((sum, index) => sum + sizes[index]!, 0)

  it('spreads work that becomes ready at once over turns, in the order of the calls', async () => {
    const sizes = Array.from({ length: 48 }, (_, index) => (index % 2 === 0 ? 100 : 20))
    const turns = await turnsOf(sizes)
    expect(turns.flat()).toEqual(sizes.map((_, index) => index))
    // The work admitted before a turn's immediates run, and the work that they admit.
    for (const turn of turns) expect(rowsIn(turn, sizes)).toBeLessThanOrEqual(2 * 200)
  })

  it('admits work that is larger than a turn', async () => {
    const turns = await turnsOf([500, 1, 500, 500])
    expect(turns.flat()).toEqual([0, 1, 2, 3])
    expect(turns.length).toBeGreaterThan(1)
  })

  it('admits small work at once', async () => {
    await nextTurn()
    await nextTurn()
    expect(takeTurn(20)).toBeNull()
    await nextTurn()
  })
})
