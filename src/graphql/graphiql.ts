/** An operation that GraphiQL opens in a tab of its own. */
export interface GraphiQLExample {
  readonly query: string
  /** JSON text. */
  readonly variables?: string
}

/** A tab in the form that GraphiQL takes. */
export interface Tab {
  readonly query: string
  readonly variables: string
  readonly headers: string
}

// The editor shows 50 columns on a screen of 1280 pixels.
const UNIFIED: readonly GraphiQLExample[] = [
  {
    query: `# Entries of all providers as one list, newest
# first: "provider" shows both ledgers, merged by
# "createdAt". "amount" is an exact decimal as
# text, never a float.
query OneList {
  transactions(first: 10) {
    totalCount
    nodes {
      provider
      createdAt
      amount { amount currency }
      direction
      status
      category
      reference
    }
    sources {
      provider
      totalCount
      error { code message }
    }
  }
}
`,
  },
  {
    query: `# One page after another. Run it, copy
# "endCursor" into the variable "after" below, and
# run it again. Entries may arrive meanwhile; no
# page repeats or skips one.
query NextPage($after: String) {
  transactions(first: 5, after: $after) {
    nodes { provider providerId createdAt }
    pageInfo {
      hasNextPage
      hasPreviousPage
      endCursor
    }
  }
}
`,
    variables: '{\n  "after": null\n}',
  },
  {
    query: `# A provider fails: run the first "curl" line that
# the sandbox printed at its start, then this tab.
# PARTIAL returns the entries of the others, and
# "sources" has the failure. Run the second "curl"
# line, and this tab after "retryAfterMs": the
# missing entries are back.
query OneDown {
  transactions(
    first: 10
    onProviderFailure: PARTIAL
  ) {
    totalCount
    nodes { provider createdAt label }
    pageInfo { hasNextPage endCursor }
    sources {
      provider
      totalCount
      error {
        code
        message
        operation
        retryAfterMs
      }
    }
  }
}
`,
  },
  {
    query: `# A month by day, over all providers, as a chart
# shows it. Days without entries are left out. The
# days add up to "summary". "timeZone" takes any
# IANA name, such as Australia/Sydney.
query MonthChart($timeZone: String!) {
  transactions(
    filter: {
      from: "2026-09-01"
      to: "2026-09-30"
    }
  ) {
    summary {
      totals { currency credit debit }
    }
    groups(by: [DAY], timeZone: $timeZone) {
      day
      summary {
        count
        totals { currency credit debit }
      }
    }
  }
}
`,
    variables: '{\n  "timeZone": "UTC"\n}',
  },
  {
    query: `# A month's sums for accountants: the whole, each
# provider's part, and what the money was for.
# "basis" says which entries are added.
query MonthClose {
  transactions(
    filter: {
      from: "2026-09-01"
      to: "2026-09-30"
    }
  ) {
    summary {
      count
      basis
      totals {
        currency credit debit internal net
      }
    }
    sources {
      provider
      summary {
        basis
        totals { currency net }
      }
    }
    groups(by: [CATEGORY, DIRECTION]) {
      category
      direction
      summary {
        count
        totals { currency credit debit }
      }
    }
  }
}
`,
  },
  {
    query: `# An entry that somebody asks about, by a part of
# its reference, in any case: what it is, whose it
# is, and whether it went through.
query SupportSearch($reference: String!) {
  transactions(
    first: 10
    filter: {
      from: "2026-09-01"
      to: "2026-09-30"
      referenceContains: $reference
    }
  ) {
    nodes {
      id
      createdAt
      label
      amount { amount currency }
      status
      providerStatus
      accounts { id displayName }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
    variables: '{\n  "reference": "invoice"\n}',
  },
]

/** Returns the tabs of GraphiQL: the merged list first, then those of each provider. */
export function examplesOf(providers: readonly { readonly examples: readonly GraphiQLExample[] }[]): Tab[] {
  return [...UNIFIED, ...providers.flatMap(({ examples }) => examples)].map(({ query, variables }) => ({
    query,
    variables: variables ?? '{}',
    headers: '{}',
  }))
}
