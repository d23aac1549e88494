import { graphql } from './gql/index.js'

/** The newest entries of all providers. */
export const NEWEST = graphql(`
  query Newest($count: Int!, $filter: TransactionFilter) {
    transactions(first: $count, filter: $filter) {
      nodes { createdAt amount { amount currency } raw }
    }
  }
`)

/** Whether a period is balanced. */
export const BALANCED = graphql(`
  query Balanced($period: PeriodInput!) {
    vobizReconciliation(period: $period) {
      balanced
      period { from to }
    }
  }
`)
