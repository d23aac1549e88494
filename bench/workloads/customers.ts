import { slice } from '../data/list.ts'
import { ACCOUNTS, CUSTOMERS, ledgerOf } from '../data/vobiz.ts'
import { selectVobiz } from './fields.ts'
import { vobizAccounts, vobizLedger } from './targets.ts'
import type { Ask, Plan, Workload } from './workload.ts'

const PAGE = 50
const ENTRIES = 5
/** Pages after the first one. */
const VARIANTS = CUSTOMERS / PAGE - 1

const FIELDS = selectVobiz('providerId', 'amount', 'direction', 'status', 'createdAt')

const CURSOR = `query Cursor($after: String) { vobizCustomers(first: ${PAGE}, after: $after) { pageInfo { endCursor } } }`

interface CursorAnswer {
  readonly vobizCustomers: { readonly pageInfo: { readonly endCursor: string } }
}

function plan(variant: number): Plan {
  const accounts = slice(ACCOUNTS, (variant + 1) * PAGE, PAGE)
  const ledgers = accounts.map(({ auth_id }) => vobizLedger(auth_id, { page: 1, perPage: ENTRIES }))
  const nodes = accounts.map(({ auth_id, name }, index) => {
    const rows = slice(ledgerOf((variant + 1) * PAGE + index), 0, ENTRIES)
    return { authId: auth_id, name, transactions: { nodes: rows.map((row) => FIELDS.expected(row)) } }
  })
  return {
    stages: [[vobizAccounts({ page: variant + 2, perPage: PAGE })], ledgers],
    expected: { vobizCustomers: { nodes } },
    rows: accounts.length * (1 + ENTRIES),
  }
}

async function prepare(ask: Ask, variants: number): Promise<object[]> {
  const cursors: string[] = []
  while (cursors.length < variants) {
    const answer = (await ask(CURSOR, { after: cursors.at(-1) ?? null })) as CursorAnswer
    cursors.push(answer.vobizCustomers.pageInfo.endCursor)
  }
  return cursors.map((after) => ({ after }))
}

export const CUSTOMERS_WITH_ENTRIES: Workload = {
  name: 'W3',
  title: `${PAGE} customers with ${ENTRIES} entries each`,
  document: `query W3($after: String!) {
  vobizCustomers(first: ${PAGE}, after: $after) {
    nodes { authId name transactions(first: ${ENTRIES}) { nodes { ${FIELDS.text} } } }
  }
}`,
  clients: 8,
  latencyMs: 0,
  variants: VARIANTS,
  plan,
  prepare,
}
