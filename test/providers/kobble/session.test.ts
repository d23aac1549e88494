import { describe, expect, it } from 'vitest'
import { createKobbleCapabilities } from '../../../src/providers/kobble/ledger.ts'
import { createKobbleSession } from '../../../src/providers/kobble/session.ts'
import type { KobbleTransactionRecord } from '../../../src/providers/kobble/transaction.ts'
import { WalletRegistry } from '../../../src/providers/kobble/wallet-registry.ts'
import { NO_CONDITIONS } from '../../support/conditions.ts'

const walletsOf = (count: number) => Array.from({ length: count }, (_, index) => `wallet-${index}`)

/** The lists of a caller's wallets, as far as they are asked for; nothing is read for them. */
function openLists(granted: readonly string[] | null, asked: readonly string[] | null) {
  const options = {
    api: {} as never,
    capabilities: createKobbleCapabilities(),
    registry: new WalletRegistry(),
    scanLimit: 1,
  }
  const session = createKobbleSession(options, { grant: { accounts: granted } })
  return session.transactions(NO_CONDITIONS, asked, [])!.open()
}

/** The shortest of several runs, in milliseconds. */
async function shortest(run: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 5; attempt++) {
    const start = performance.now()
    await run()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

describe('the lists of many wallets', () => {
  it('show an entry between two of them with the first, and all others with their own', async () => {
    const lists = await openLists(null, ['a', 'b', 'c'])
    const entries = [
      ['a', 'b'],
      ['b', 'a'],
      ['c', 'b'],
      ['b', null],
      [null, 'c'],
      ['x', 'c'],
      ['b', 'b'],
      ['x', 'y'],
    ].map(([fromId, toId]) => ({ fromId, toId }) as KobbleTransactionRecord)
    const shown = lists.map(({ accepts }) =>
      entries.flatMap((entry, index) => (accepts === null || accepts(entry as never) ? [index] : [])),
    )
    expect(shown).toEqual([
      [0, 1],
      [2, 3, 6],
      [4, 5],
    ])
  })

  it('take work in proportion to their number, whether granted or requested', async () => {
    const [few, many] = [walletsOf(250), walletsOf(4000)]
    let [baseline, time] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    // In turns, so that other load on the machine slows both down.
    for (let round = 0; round < 8; round++) {
      baseline = Math.min(baseline, await shortest(() => openLists(few, few)))
      time = Math.min(time, await shortest(() => openLists(many, many)))
    }
    // 16 in proportion, 256 where each wallet is compared with all before it.
    expect(time / baseline).toBeLessThan(70)
  })
})
