import { transactionAt, transactionIdOf } from '../data/kobble.ts'
import { selectKobble } from './fields.ts'
import { kobbleTransaction } from './targets.ts'
import type { Plan, Workload } from './workload.ts'

const ALIASES = 20
const IDS = 10

const FIELDS = selectKobble('providerId', 'amount', 'direction', 'status', 'createdAt')

const indexes = (length: number) => Array.from({ length }, (_, index) => index)

/** Returns the rows of one variant, whose ids are those of no other variant. */
const rowsOf = (variant: number) => indexes(IDS).map((index) => variant * IDS + index)

function plan(variant: number): Plan {
  const rows = rowsOf(variant)
  const values = rows.map((row) => FIELDS.expected(transactionAt(row)))
  return {
    stages: [rows.map((row) => kobbleTransaction(transactionIdOf(row)))],
    expected: Object.fromEntries(indexes(ALIASES).map((alias) => [`a${alias}`, values[alias % IDS]])),
    rows: ALIASES,
  }
}

export const KOBBLE_IDS: Workload = {
  name: 'W4',
  title: `${ALIASES} aliases of ${IDS} Kobble transactions by id`,
  document: `query W4(${indexes(IDS)
    .map((id) => `$id${id}: ID!`)
    .join(', ')}) {
${indexes(ALIASES)
  .map((alias) => `  a${alias}: kobbleTransaction(providerId: $id${alias % IDS}) { ${FIELDS.text} }`)
  .join('\n')}
}`,
  clients: 16,
  latencyMs: 0,
  variants: 128,
  plan,
  prepare: async (_, variants) =>
    indexes(variants).map((variant) =>
      Object.fromEntries(rowsOf(variant).map((row, index) => [`id${index}`, transactionIdOf(row)])),
    ),
}
