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
  "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
].join('; ')

const UNIFIED: readonly Example[] = [
  {
    query: `# The entries of all providers as one list, newest first.
# Look at "provider": both ledgers, merged by createdAt. "amount" is exact, a string, never a float.
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
    sources { provider totalCount error { code message } }
  }
}
`,
  },
  {
    query: `# One page after another. Run it, copy "endCursor" into the variable "after", and run it again.
# Entries arrive now and then: wait for one, and no page repeats or skips an entry all the same.
query NextPage($after: String) {
  transactions(first: 5, after: $after) {
    edges { cursor node { provider providerId createdAt } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
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

/** The GraphiQL page, from this server alone. It is large, so it is made once, and only when somebody asks for it. */
export function renderGraphiQL(options: GraphiQLOptions): Promise<string> {
  page ??= import('@graphql-yoga/render-graphiql').then(({ renderGraphiQL: render }) => render(options))
  return page
}

/** Headers that keep a browser from doing what no page of this server needs. */
export function securityHeaders({ headers }: { readonly headers: Headers }): void {
  headers.set('x-content-type-options', 'nosniff')
  headers.set('referrer-policy', 'no-referrer')
  if (headers.get('content-type')?.startsWith('text/html')) headers.set('content-security-policy', PAGE_POLICY)
}
