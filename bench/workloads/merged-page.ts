import { LEDGER } from '../data/kobble.ts'
import { GLOBAL_LEDGER } from '../data/vobiz.ts'
import { OPAQUE } from './compare.ts'
import { selectKobble, selectVobiz } from './fields.ts'
import { readCursors } from './kobble-page.ts'
import { coveringPage, kobbleLedger, vobizGlobalLedger } from './targets.ts'
import type { Plan, Workload } from './workload.ts'

const PAGE = 20
/** Entries from the page of one variant to that of the next: no two of them lie on the same pages of a provider. */
const STEP = 40

const NAMES = [
  'id',
  'provider',
  'providerId',
  'amount',
  'direction',
  'status',
  'category',
  'reference',
  'createdAt',
  'updatedAt',
] as const

const VOBIZ = selectVobiz(...NAMES)
const KOBBLE = selectKobble(...NAMES)

/** Returns the part of the merged list from `offset` on, and the position in each of its sources at which it begins. */
function mergedPage(offset: number) {
  const nodes: object[] = []
  let vobiz = 0
  let kobble = 0
  let start = { vobiz, kobble }
  while (vobiz + kobble < offset + PAGE) {
    if (vobiz + kobble === offset) start = { vobiz, kobble }
    const isOnPage = vobiz + kobble >= offset
    const ofVobiz = GLOBAL_LEDGER.at(vobiz)
    const ofKobble = LEDGER.at(kobble)
    const isVobizNewer = ofVobiz.created_at > ofKobble.created_at
    if (isOnPage) nodes.push(isVobizNewer ? VOBIZ.expected(ofVobiz) : KOBBLE.expected(ofKobble))
    if (isVobizNewer) vobiz++
    else kobble++
  }
  return { nodes, start }
}

function plan(variant: number): Plan {
  const { nodes, start } = mergedPage((variant + 1) * STEP)
  return {
    stages: [[vobizGlobalLedger(coveringPage(start.vobiz, PAGE)), kobbleLedger(start.kobble, PAGE)]],
    expected: { transactions: { pageInfo: { hasNextPage: true, endCursor: OPAQUE }, nodes } },
    rows: nodes.length,
  }
}

export const MERGED_PAGE: Workload = {
  name: 'W7',
  title: `page of ${PAGE} entries after a cursor from the merged list of both providers`,
  document: `query W7($after: String!) {
  transactions(first: ${PAGE}, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { ${VOBIZ.text} }
  }
}`,
  clients: 16,
  latencyMs: 0,
  variants: 64,
  plan,
  async prepare(ask, variants) {
    const cursors = await readCursors(ask, 'transactions', variants * STEP)
    return Array.from({ length: variants }, (_, variant) => ({ after: cursors[(variant + 1) * STEP - 1]! }))
  },
}
