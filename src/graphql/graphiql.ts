/** A tab that GraphiQL opens with. */
export interface GraphiQLExample {
  readonly query: string
  /** JSON text. */
  readonly variables?: string
}

/** A tab as GraphiQL takes it. */
export interface Tab {
  readonly query: string
  readonly variables: string
  readonly headers: string
}

// The editor shows 50 columns on a screen that is 1280 wide.
const UNIFIED: readonly GraphiQLExample[] = [
  {
    query: `# The entries of all providers as one list,
# newest first.
# Look at "provider": both ledgers, merged by
# "createdAt". Look at "amount": an exact decimal
# as text, never a float.
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
    query: `# One page after another. Run it, then copy
# "endCursor" into the variable "after" below and
# run it again. Look at "createdAt": entries
# arrive now and then, but no page repeats or
# skips one.
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
]

/** The tabs that show the product: the one list, then what each provider adds. */
export function examplesOf(providers: readonly { readonly examples: readonly GraphiQLExample[] }[]): Tab[] {
  return [...UNIFIED, ...providers.flatMap(({ examples }) => examples)].map(({ query, variables }) => ({
    query,
    variables: variables ?? '{}',
    headers: '{}',
  }))
}
