import type { ServedGateway } from './serve.ts'

/** A month of the sandbox that is not balanced. */
export const PERIOD = { from: '2026-08-01', to: '2026-08-31' }

export const MONTH_END = `subscription MonthEnd($period: PeriodInput!) {
  vobizReconciliation(period: $period) {
    customersDone
    customersTotal
    result { balanced }
  }
}`

/** An event of the subscription `vobizReconciliation`. */
export interface MonthEnd {
  readonly vobizReconciliation: {
    readonly customersDone: number
    readonly customersTotal: number
    readonly result: { readonly balanced: boolean } | null
  }
}

/** Its events for `PERIOD`: one before any customer is done, one for each, and one with the result. */
export function monthEndOf({ vobiz }: ServedGateway): readonly MonthEnd[] {
  const customersTotal = vobiz.customers.length
  const counts = Array.from({ length: customersTotal + 1 }, (_, customersDone) => customersDone)
  return [
    ...counts.map((customersDone) => ({ vobizReconciliation: { customersDone, customersTotal, result: null } })),
    { vobizReconciliation: { customersDone: customersTotal, customersTotal, result: { balanced: false } } },
  ]
}
