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
]

/** Returns the tabs of GraphiQL: the merged list first, then those of each provider. */
export function examplesOf(providers: readonly { readonly examples: readonly GraphiQLExample[] }[]): Tab[] {
  return [...UNIFIED, ...providers.flatMap(({ examples }) => examples)].map(({ query, variables }) => ({
    query,
    variables: variables ?? '{}',
    headers: '{}',
  }))
}
