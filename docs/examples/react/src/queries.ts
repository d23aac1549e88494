import { gql, type TypedDocumentNode } from '@apollo/client'
import type { PartialPage } from '../../partial/paging.ts'
import type { Money } from './money.ts'

export interface Entry {
  readonly id: string
  readonly provider: string
  readonly createdAt: string
  readonly label: string
  readonly direction: string | null
  readonly status: string
  readonly amount: Money
  readonly accounts: readonly { readonly id: string; readonly displayName: string }[]
}

export interface EntriesPage extends PartialPage {
  readonly edges: readonly { readonly node: Entry | null }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

export interface EntriesVariables {
  readonly first?: number | null
  readonly after?: string | null
  readonly last?: number | null
  readonly before?: string | null
  readonly filter: { readonly providers: readonly string[] } | null
}

export const ENTRIES: TypedDocumentNode<{ readonly transactions: EntriesPage }, EntriesVariables> = gql`
  query Entries($first: Int, $after: String, $last: Int, $before: String, $filter: TransactionFilter) {
    transactions(
      first: $first, after: $after, last: $last, before: $before, filter: $filter, onProviderFailure: PARTIAL
    ) {
      edges {
        node {
          id
          provider
          createdAt
          label
          direction
          status
          amount { rounded currency minorUnitDigits }
          accounts { id displayName }
        }
      }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      sources { provider error { code message retryAfterMs } }
    }
  }
`

/** The providers of which the caller may read data. */
export const PROVIDERS: TypedDocumentNode<{
  readonly providers: readonly { readonly provider: string; readonly configured: boolean }[]
}> = gql`
  query Providers {
    providers { provider configured }
  }
`

export interface Day {
  readonly day: string
  readonly summary: {
    readonly totals: readonly { readonly currency: string; readonly credit: string; readonly debit: string }[]
  }
}

/** The sums of a period by day. */
export const DAYS: TypedDocumentNode<
  { readonly transactions: { readonly groups: readonly Day[] } },
  { readonly from: string; readonly to: string }
> = gql`
  query Days($from: Date!, $to: Date!) {
    transactions(filter: { from: $from, to: $to, affectsBalance: true }) {
      groups(by: [DAY]) {
        day
        summary { totals { currency credit debit } }
      }
    }
  }
`

export const CUSTOMERS: TypedDocumentNode<{
  readonly vobizCustomers: {
    readonly edges: readonly {
      readonly node: { readonly id: string; readonly authId: string; readonly displayName: string }
    }[]
  }
}> = gql`
  query Customers {
    vobizCustomers(first: 20) {
      edges { node { id authId displayName } }
    }
  }
`

export interface Statement {
  readonly usage: Money
  readonly recharges: Money
  readonly invoice: Money
  readonly lines: readonly { readonly referenceType: string | null; readonly count: number; readonly amount: Money }[]
}

export const STATEMENT: TypedDocumentNode<
  { readonly vobizCustomer: { readonly id: string; readonly statement: Statement } | null },
  { readonly authId: string; readonly month: string }
> = gql`
  query Statement($authId: ID!, $month: String!) {
    vobizCustomer(authId: $authId) {
      id
      statement(month: $month) {
        usage { rounded currency minorUnitDigits }
        recharges { rounded currency minorUnitDigits }
        invoice(marginPercent: "20") { rounded currency minorUnitDigits }
        lines { referenceType count amount { rounded currency minorUnitDigits } }
      }
    }
  }
`
