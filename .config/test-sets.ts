/**
 * Test files that `npm run verify` runs and `npm test` does not: each takes seconds, or needs tools beside Node. All
 * other files belong to `npm test`. A path that ends in a slash stands for all files below it.
 */
export const LONG: readonly string[] = [
  'test/clients/',
  'test/event-loop/event-loop.test.ts',
  'test/faults/matrix.test.ts',
  'test/faults/partial-walk.test.ts',
  'test/faults/policy.test.ts',
  'test/federation/engines.test.ts',
  'test/fuzz/bodies.test.ts',
  'test/fuzz/cursors.test.ts',
  'test/fuzz/hosts.test.ts',
  'test/fuzz/operations.test.ts',
  'test/fuzz/upstream-answers.test.ts',
  'test/graphiql.test.ts',
  'test/grants.test.ts',
  'test/large-ledger.test.ts',
  'test/leaks.test.ts',
  'test/month-end.test.ts',
  'test/soak/',
  'test/upstream/bad-answers.test.ts',
  'test/upstream/outage.test.ts',
  'test/upstream/resilience.test.ts',
]

/** Files whose properties `npm test` checks with few random cases. `npm run verify` repeats them with many. */
export const PROPERTIES: readonly string[] = [
  'test/connection/range.test.ts',
  'test/connection/requests.test.ts',
  'test/connection/turning.test.ts',
  'test/connection/walk.test.ts',
  'test/filters.test.ts',
  'test/providers/kobble/conformance.test.ts',
  'test/providers/vobiz/conformance.test.ts',
  'test/providers/vobiz/reconciliation.test.ts',
  'test/providers/vobiz/statement.test.ts',
  'test/third-provider.test.ts',
]

/** Returns the globs of the files. */
export const globsOf = (paths: readonly string[]): string[] =>
  paths.map((path) => (path.endsWith('/') ? `${path}**/*.test.ts` : path))
