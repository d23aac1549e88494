import { expect, it } from 'vitest'
import { startGrowthGateway } from './gateway.ts'

const FEW = 10
const MANY = 1_000
const ENTRIES = 20
/** By how much the cost of one customer may differ. */
const TOLERANCE = 2
/** A period that contains every entry. */
const RECONCILIATION = `{
  vobizReconciliation(period: { from: "2026-01-01", to: "2026-06-30" }) { balanced discrepancies { customer { authId } } }
}`

interface Result {
  readonly vobizReconciliation: { readonly balanced: boolean; readonly discrepancies: readonly unknown[] }
}

/** Returns the cost of one customer in a reconciliation of that many. */
async function costOfCustomer(customers: number, repetitions: number) {
  const gateway = await startGrowthGateway({ customers, entriesEach: ENTRIES, kobble: 0 })
  const reconcile = async () => {
    const { vobizReconciliation } = await gateway.ask<Result>(RECONCILIATION)
    expect(vobizReconciliation).toEqual({ balanced: true, discrepancies: [] })
  }
  try {
    // About as many customers in every process, so that V8 has compiled as much of the code.
    for (let run = 0; run < repetitions; run++) await reconcile()
    const [requests, cpuUs] = [gateway.requests(), await gateway.cpuUs()]
    for (let run = 0; run < repetitions; run++) await reconcile()
    const reconciled = customers * repetitions
    return {
      requests: (gateway.requests() - requests) / reconciled,
      cpuUs: ((await gateway.cpuUs()) - cpuUs) / reconciled,
    }
  } finally {
    await gateway.close()
  }
}

it(`a reconciliation of ${MANY} customers costs as much for each customer as one of ${FEW}`, async () => {
  const few = await costOfCustomer(FEW, MANY / FEW)
  const many = await costOfCustomer(MANY, 1)
  expect(many.requests).toBeGreaterThanOrEqual(1)
  expect(many.requests).toBeLessThanOrEqual(few.requests)
  expect(many.cpuUs / few.cpuUs).toBeLessThan(TOLERANCE)
})
