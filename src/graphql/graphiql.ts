import type { GraphiQLOptions } from 'graphql-yoga'

/** A tab that GraphiQL opens with. */
export interface Example {
  readonly query: string
  /** JSON text. */
  readonly variables?: string
}

/** Nothing but this server may be talked to; the page is one file, with scripts and styles in it. */
const PAGE_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
].join('; ')

// The editor shows 50 columns on a screen that is 1280 wide.
const UNIFIED: readonly Example[] = [
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
export function examplesOf(providers: readonly { readonly examples: readonly Example[] }[]) {
  return [...UNIFIED, ...providers.flatMap(({ examples }) => examples)].map(({ query, variables }) => ({
    query,
    variables: variables ?? '{}',
    headers: '{}',
  }))
}

let page: Promise<string> | null = null

/**
 * A tab that is pressed would take the place that the page has worked out for it, which is a wrong one: it would jump
 * away from under the pointer, and no click would reach it.
 */
const PAGE_REPAIR = '<style>.graphiql-tab { transform: none !important }</style>'

/** The GraphiQL page, from this server alone. It is large, so it is made once, and only when somebody asks for it. */
export function renderGraphiQL(options: GraphiQLOptions): Promise<string> {
  page ??= import('@graphql-yoga/render-graphiql').then(({ renderGraphiQL: render }) =>
    render(options).replace('</head>', `${PAGE_REPAIR}</head>`),
  )
  return page
}

/** Headers that keep a browser from doing what no page of this server needs. */
export function securityHeaders({ headers }: { readonly headers: Headers }): void {
  headers.set('x-content-type-options', 'nosniff')
  headers.set('referrer-policy', 'no-referrer')
  if (headers.get('content-type')?.startsWith('text/html')) headers.set('content-security-policy', PAGE_POLICY)
}
