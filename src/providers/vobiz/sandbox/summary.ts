import { exactNumber } from '../../../sandbox/server.ts'
import type { Tally } from '../../../sandbox/timeline.ts'
import { plainDecimal, scaledAmount } from './amount.ts'
import type { VobizSandboxEntry } from './entry.ts'

export interface Summary extends Tally<VobizSandboxEntry> {
  /** The `summary` object of an answer. */
  json(): unknown
}

/**
 * Exact sums over the rows of a list, whatever their status. A row that is not a credit counts as a debit: how Vobiz
 * counts the legacy types is not documented, nor is the order of the groups (by name, here).
 */
export function createSummary(): Summary {
  const groups = new Map<string, { credit: bigint; debit: bigint; count: number }>()

  function count(entry: VobizSandboxEntry, step: 1 | -1): void {
    const name = entry.reference_type ?? 'unknown'
    const group = groups.get(name) ?? { credit: 0n, debit: 0n, count: 0 }
    group[entry.type === 'credit' ? 'credit' : 'debit'] += BigInt(step) * scaledAmount(entry.amount)
    group.count += step
    if (group.count > 0) groups.set(name, group)
    else groups.delete(name)
  }

  return {
    add: (entry) => count(entry, 1),
    subtract: (entry) => count(entry, -1),
    json() {
      const sorted = [...groups].sort(([one], [other]) => (one < other ? -1 : 1))
      const debit = sorted.reduce((sum, [, group]) => sum + group.debit, 0n)
      const credit = sorted.reduce((sum, [, group]) => sum + group.credit, 0n)
      return {
        total_transactions: sorted.reduce((sum, [, group]) => sum + group.count, 0),
        total_debit: exactNumber(plainDecimal(debit)),
        total_credit: exactNumber(plainDecimal(credit)),
        net_amount: exactNumber(plainDecimal(credit - debit)),
        by_reference_type: sorted.map(([reference_type, group]) => ({
          reference_type,
          total_debit: exactNumber(plainDecimal(group.debit)),
          total_credit: exactNumber(plainDecimal(group.credit)),
          count: group.count,
        })),
      }
    },
  }
}
