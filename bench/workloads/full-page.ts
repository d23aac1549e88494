import { slice } from '../data/list.ts'
import { authIdOf, CURRENCY, CUSTOMERS, ledgerOf, summaryOf } from '../data/vobiz.ts'
import { Decimal, OPAQUE } from './compare.ts'
import { selectVobiz, VOBIZ_FIELDS } from './fields.ts'
import { vobizLedger } from './targets.ts'
import { cursorAfter } from './vobiz-page.ts'
import { forVariants, type Plan, type Workload } from './workload.ts'

const PAGE = 100

const FIELDS = selectVobiz(...(Object.keys(VOBIZ_FIELDS) as (keyof typeof VOBIZ_FIELDS)[]))

const customerOf = (variant: number) => (variant * 11) % CUSTOMERS

function plan(variant: number): Plan {
  const customer = customerOf(variant)
  const ledger = ledgerOf(customer)
  const { total_transactions: count, total_credit, total_debit, net_amount } = summaryOf(ledger)
  const nodes = slice(ledger, PAGE, PAGE).map((row) => FIELDS.expected(row))
  const totals = {
    currency: CURRENCY,
    count,
    credit: new Decimal(total_credit),
    debit: new Decimal(total_debit),
    internal: new Decimal(0),
    net: new Decimal(net_amount),
  }
  return {
    stages: [[vobizLedger(authIdOf(customer), { page: 2, perPage: PAGE })]],
    expected: {
      vobizCustomer: {
        transactions: {
          totalCount: ledger.length,
          summary: { basis: 'PROVIDER', count, totals: [totals] },
          pageInfo: { hasNextPage: true, endCursor: OPAQUE },
          nodes,
        },
      },
    },
    rows: nodes.length,
  }
}

export const FULL_PAGE: Workload = {
  name: 'W6',
  title: `page of ${PAGE} Vobiz entries after a cursor, all fields, totalCount, summary`,
  document: `query W6($authId: ID!, $after: String!) {
  vobizCustomer(authId: $authId) {
    transactions(first: ${PAGE}, after: $after) {
      totalCount
      summary { basis count totals { currency count credit debit internal net } }
      pageInfo { hasNextPage endCursor }
      nodes { ${FIELDS.text} }
    }
  }
}`,
  clients: 8,
  latencyMs: 0,
  variants: 64,
  plan,
  prepare: (ask, variants) =>
    forVariants(variants, async (variant) => {
      const authId = authIdOf(customerOf(variant))
      return { authId, after: await cursorAfter(ask, authId, PAGE) }
    }),
}
