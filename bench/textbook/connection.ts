import type { InterfaceRef, ObjectRef } from '@pothos/core'
import { type AllTypes, builder } from './builder.ts'
import type { LedgerRows, Rows } from './upstream.ts'

export const DEFAULT_PAGE = 20

interface Edge<Node> {
  readonly cursor: string
  readonly node: Node
}

/** A page of a list. */
export interface Page<Node> {
  readonly edges: readonly Edge<Node>[]
  readonly hasNextPage: boolean
  readonly total: number
  readonly summary?: LedgerRows['summary'] & { readonly currency: string }
}

/** Encodes a position in one or several lists: the number of rows before it in each. */
export const encodeCursor = (...offsets: readonly number[]): string =>
  Buffer.from(offsets.join(',')).toString('base64url')

/** Returns the offsets of a cursor; zeros without one. */
export function decodeCursor(cursor: string | null | undefined, lists = 1): number[] {
  if (!cursor) return Array.from({ length: lists }, () => 0)
  return Buffer.from(cursor, 'base64url').toString().split(',').map(Number)
}

/** Makes a page of the rows of one list. */
export function pageOf<Row, Node>({ rows, total }: Rows<Row>, offset: number, map: (row: Row) => Node): Page<Node> {
  const edges = rows.map((row, index) => ({ cursor: encodeCursor(offset + index + 1), node: map(row) }))
  return { edges, hasNextPage: offset + rows.length < total, total }
}

const PageInfo = builder.objectRef<Page<unknown>>('PageInfo').implement({
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage'),
    endCursor: t.string({ nullable: true, resolve: ({ edges }) => edges.at(-1)?.cursor }),
  }),
})

const CurrencyTotals = builder.objectRef<NonNullable<Page<unknown>['summary']>>('CurrencyTotals').implement({
  fields: (t) => ({
    currency: t.exposeString('currency'),
    count: t.exposeInt('total_transactions'),
    credit: t.field({ type: 'Decimal', resolve: (sums) => String(sums.total_credit) }),
    debit: t.field({ type: 'Decimal', resolve: (sums) => String(sums.total_debit) }),
    internal: t.field({ type: 'Decimal', resolve: () => '0' }),
    net: t.field({ type: 'Decimal', resolve: (sums) => String(sums.net_amount) }),
  }),
})

const Summary = builder.objectRef<NonNullable<Page<unknown>['summary']>>('TransactionSummary').implement({
  fields: (t) => ({
    basis: t.string({ resolve: () => 'PROVIDER' }),
    count: t.exposeInt('total_transactions'),
    totals: t.field({ type: [CurrencyTotals], resolve: (sums) => [sums] }),
  }),
})

/** Adds the types of a connection over nodes of one type. */
export function connectionOf<Node>(name: string, node: ObjectRef<AllTypes, Node> | InterfaceRef<AllTypes, Node>) {
  const EdgeType = builder.objectRef<Edge<Node>>(`${name}Edge`).implement({
    fields: (t) => ({
      cursor: t.exposeString('cursor'),
      node: t.field({
        type: node,
        // Pothos does not know whether the type of a generic node is a list.
        resolve: (edge) => edge.node as never,
      }),
    }),
  })
  return builder.objectRef<Page<Node>>(`${name}Connection`).implement({
    fields: (t) => ({
      edges: t.field({ type: [EdgeType], resolve: ({ edges }) => edges }),
      nodes: t.field({ type: [node], resolve: ({ edges }) => edges.map((edge) => edge.node) }),
      pageInfo: t.field({ type: PageInfo, resolve: (page) => page }),
      totalCount: t.exposeInt('total'),
      summary: t.field({ type: Summary, nullable: true, resolve: ({ summary }) => summary }),
    }),
  })
}
