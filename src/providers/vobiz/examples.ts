import type { GraphiQLExample } from '../../graphql/graphiql.ts'
import { encodeGlobalId } from '../../graphql/node.ts'
import { vobizLocator } from './transaction.ts'

/** A customer of the sandbox with one of its entries, the same on every start. */
const CUSTOMER = 'MA_RA7D5QLF'
const ENTRY = { accountId: CUSTOMER, day: '2026-10-31', id: '9c62105b-a432-4b3c-8cf6-8a31e6140913' }

/** GraphiQL's tabs about Vobiz, with variables for the sandbox. */
export const vobizExamples: readonly GraphiQLExample[] = [
  {
    query: `# A customer with balance and a month's usage.
# "totalCount" and "byReferenceType" cover the
# whole month, and share one upstream request
# with the page.
query CustomerWithUsage($authId: ID!) {
  vobizCustomer(authId: $authId) {
    name
    balance { amount currency }
    transactions(
      first: 10
      filter: {
        from: "2026-09-01"
        to: "2026-09-30"
        type: DEBIT
      }
    ) {
      totalCount
      byReferenceType {
        referenceType count debit
      }
      nodes {
        createdAt
        amount { amount currency }
        description
        referenceType
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
`,
    variables: JSON.stringify({ authId: CUSTOMER }, null, 2),
  },
  {
    query: `# An entry fetched again by its id alone. Vobiz
# has no read by id, but this "id" holds account
# and day. The "id" of any other entry, customer
# or wallet works, too.
query FetchAgain($id: ID!) {
  node(id: $id) {
    __typename
    id
    ... on Transaction {
      provider
      createdAt
      amount { amount currency }
      status
      raw
    }
    ... on VobizTransaction {
      customer { authId name }
    }
  }
}
`,
    variables: JSON.stringify({ id: encodeGlobalId('VobizTransaction', vobizLocator(ENTRY)) }, null, 2),
  },
  {
    query: `# Last month's invoice for one customer: usage
# plus 20 %, rounded half-even to the paisa.
# Each sum costs one small upstream request.
query Invoice($authId: ID!) {
  vobizCustomer(authId: $authId) {
    name
    statement(month: "2026-09") {
      usage { amount currency }
      recharges { amount }
      refunds { amount }
      transfers { amount }
      invoice(marginPercent: "20") { amount }
      covered
    }
  }
}
`,
    variables: JSON.stringify({ authId: CUSTOMER }, null, 2),
  },
  {
    query: `# Reconciliation of a month. August 2026 is not
# balanced: "discrepancies" lists what is missing.
# September 2026 is balanced.
query MonthEnd {
  vobizReconciliation(
    period: {
      from: "2026-08-01"
      to: "2026-08-31"
    }
  ) {
    balanced
    global { count totals { credit debit } }
    customers { count totals { credit debit } }
    discrepancies {
      customer { authId name }
      missingFromGlobal {
        providerId createdAt amount { amount }
      }
      missingFromOwn { providerId }
    }
  }
}
`,
  },
  {
    query: `# The same reconciliation with its progress.
# "customersDone" rises until all are read; the
# last event holds "result".
subscription WatchMonthEnd {
  vobizReconciliation(
    period: {
      from: "2026-09-01"
      to: "2026-09-30"
    }
  ) {
    customersDone
    customersTotal
    result {
      balanced
      customers { count totals { currency net } }
      partner { count totals { currency debit } }
    }
  }
}
`,
  },
]
