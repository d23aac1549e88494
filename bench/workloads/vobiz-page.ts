import { slice } from '../data/list.ts'
import { authIdOf, CUSTOMERS, ledgerOf } from '../data/vobiz.ts'
import { OPAQUE } from './compare.ts'
import { selectVobiz } from './fields.ts'
import { coveringPage, vobizLedger } from './targets.ts'
import { type Ask, forVariants, type Plan, type Workload } from './workload.ts'

const PAGE = 20
/** Pages before the requested one: from 1 up to this number. */
const MAX_PAGES_BEFORE = 5

const FIELDS = selectVobiz(
  'providerId',
  'amount',
  'direction',
  'status',
  'category',
  'reference',
  'createdAt',
  'updatedAt',
  'description',
  'referenceType',
)

/** The field of a page of one customer's ledger after a cursor, with its variables `$authId` and `$after`. */
export const VOBIZ_PAGE_FIELD = `vobizCustomer(authId: $authId) {
    transactions(first: ${PAGE}, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { ${FIELDS.text} }
    }
  }`

const CURSOR = `query Cursor($authId: ID!, $first: Int!) {
  vobizCustomer(authId: $authId) { transactions(first: $first) { pageInfo { endCursor } } }
}`

/** The end cursor of a customer's ledger. */
export interface CursorAnswer {
  readonly vobizCustomer: { readonly transactions: { readonly pageInfo: { readonly endCursor: string } } }
}

/** Returns the cursor of the row with this number, counted from 1. */
export async function cursorAfter(ask: Ask, authId: string, first: number): Promise<string> {
  const answer = (await ask(CURSOR, { authId, first })) as CursorAnswer
  return answer.vobizCustomer.transactions.pageInfo.endCursor
}

function positionOf(variant: number) {
  return { customer: (variant * 7) % CUSTOMERS, pagesBefore: 1 + (variant % MAX_PAGES_BEFORE) }
}

/** Returns the plan of `VOBIZ_PAGE_FIELD`. */
export function planVobizPage(variant: number): Plan {
  const { customer, pagesBefore } = positionOf(variant)
  const ledger = ledgerOf(customer)
  const nodes = slice(ledger, pagesBefore * PAGE, PAGE).map((row) => FIELDS.expected(row))
  return {
    stages: [[vobizLedger(authIdOf(customer), coveringPage(pagesBefore * PAGE, PAGE))]],
    expected: {
      vobizCustomer: {
        transactions: { totalCount: ledger.length, pageInfo: { hasNextPage: true, endCursor: OPAQUE }, nodes },
      },
    },
    rows: nodes.length,
  }
}

/** Returns the variables of `VOBIZ_PAGE_FIELD`. */
export const prepareVobizPages = (ask: Ask, variants: number): Promise<{ authId: string; after: string }[]> =>
  forVariants(variants, async (variant) => {
    const { customer, pagesBefore } = positionOf(variant)
    const authId = authIdOf(customer)
    return { authId, after: await cursorAfter(ask, authId, pagesBefore * PAGE) }
  })

const vobizPage: Workload = {
  name: 'W1',
  title: 'page of 20 Vobiz entries after a cursor, ten fields, totalCount',
  document: `query W1($authId: ID!, $after: String!) {\n  ${VOBIZ_PAGE_FIELD}\n}`,
  clients: 16,
  latencyMs: 0,
  variants: 128,
  plan: planVobizPage,
  prepare: prepareVobizPages,
}

/** The page of Vobiz entries over an upstream that answers at once, and over one that takes its time. */
export const VOBIZ_PAGES: readonly Workload[] = [
  vobizPage,
  { ...vobizPage, name: 'W1L', title: 'W1 with 20 ms upstream latency and 32 clients', clients: 32, latencyMs: 20 },
]
