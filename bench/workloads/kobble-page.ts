import { LEDGER } from '../data/kobble.ts'
import { slice } from '../data/list.ts'
import { OPAQUE } from './compare.ts'
import { selectKobble } from './fields.ts'
import { kobbleLedger } from './targets.ts'
import type { Ask, Plan, Workload } from './workload.ts'

const PAGE = 20
/** Entries before the first variant's page. */
const OFFSET = 20
/** Entries that are read at a time to collect cursors. */
const STEP = 100

const FIELDS = selectKobble(
  'providerId',
  'amount',
  'direction',
  'status',
  'category',
  'reference',
  'createdAt',
  'updatedAt',
  'fromId',
  'toId',
)

/** The field of a page of Kobble's ledger after a cursor, with its variable `$kobbleAfter`. */
export const KOBBLE_PAGE_FIELD = `kobbleTransactions(first: ${PAGE}, after: $kobbleAfter) {
    pageInfo { hasNextPage endCursor }
    nodes { ${FIELDS.text} }
  }`

/** Returns the plan of `KOBBLE_PAGE_FIELD`. */
export function planKobblePage(variant: number): Plan {
  const offset = OFFSET + variant
  const nodes = slice(LEDGER, offset, PAGE).map((row) => FIELDS.expected(row))
  return {
    stages: [[kobbleLedger(offset, PAGE)]],
    expected: { kobbleTransactions: { pageInfo: { hasNextPage: true, endCursor: OPAQUE }, nodes } },
    rows: nodes.length,
  }
}

/** A page of cursors, by the name of the root field. */
type CursorPage = Readonly<Record<string, { readonly edges: readonly { readonly cursor: string }[] }>>

/** Reads the cursors of the first entries of a list, given the name of its root field. */
export async function readCursors(ask: Ask, field: string, count: number): Promise<string[]> {
  const document = `query Cursors($after: String) { ${field}(first: ${STEP}, after: $after) { edges { cursor } } }`
  const cursors: string[] = []
  while (cursors.length < count) {
    const answer = (await ask(document, { after: cursors.at(-1) ?? null })) as CursorPage
    const edges = answer[field]?.edges ?? []
    if (edges.length === 0) throw new Error(`${field} has only ${cursors.length} entries`)
    cursors.push(...edges.map(({ cursor }) => cursor))
  }
  return cursors
}

/** Returns the variables of `KOBBLE_PAGE_FIELD`. */
export async function prepareKobblePages(ask: Ask, variants: number): Promise<{ kobbleAfter: string }[]> {
  const cursors = await readCursors(ask, 'kobbleTransactions', OFFSET + variants)
  return Array.from({ length: variants }, (_, variant) => ({ kobbleAfter: cursors[OFFSET + variant - 1]! }))
}

export const KOBBLE_PAGE: Workload = {
  name: 'W2',
  title: 'page of 20 Kobble entries after a cursor, ten fields',
  document: `query W2($kobbleAfter: String!) {\n  ${KOBBLE_PAGE_FIELD}\n}`,
  clients: 16,
  latencyMs: 0,
  variants: 128,
  plan: planKobblePage,
  prepare: prepareKobblePages,
}
