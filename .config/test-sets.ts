import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Test files that `npm run verify` runs and `npm test` does not: each takes seconds, or needs tools beside Node. All
 * other files belong to `npm test`. A path that ends in a slash means all files below it.
 */
export const LONG: readonly string[] = [
  'test/bench.test.ts',
  'test/cache/conformance.test.ts',
  'test/cache/processes.test.ts',
  'test/cli/',
  'test/clients/',
  'test/deployment/haproxy.test.ts',
  'test/deployment/image.test.ts',
  'test/event-loop/event-loop.test.ts',
  'test/fairness.test.ts',
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
  'test/groups.test.ts',
  'test/growth/',
  'test/large-ledger.test.ts',
  'test/leaks.test.ts',
  'test/month-end.test.ts',
  'test/process/check.test.ts',
  'test/process/restart.test.ts',
  'test/process/worker-metrics.test.ts',
  'test/process/workers.test.ts',
  'test/providers/kobble/conformance-redis.test.ts',
  'test/providers/kobble/conformance-variants.test.ts',
  'test/providers/kobble/shared-token.test.ts',
  'test/providers/vobiz/conformance-redis.test.ts',
  'test/providers/vobiz/conformance-variants.test.ts',
  'test/providers/vobiz/global-offer.test.ts',
  'test/redis/',
  'test/soak/',
  'test/start/',
  'test/tracing/leaks.test.ts',
  'test/tracing/process.test.ts',
  'test/tracing/tracing.test.ts',
  'test/upstream/bad-answers.test.ts',
  'test/upstream/outage.test.ts',
  'test/upstream/resilience.test.ts',
]

/**
 * Returns the files of `npm test` whose properties run with few random cases there. `npm run verify` repeats them with
 * many.
 */
export function findProperties(): string[] {
  const usesRuns = (file: string) =>
    /\bRUNS\.(walks|differential)\(|\bdescribeLedgerConformance\(/.test(readFileSync(root + file, 'utf8'))
  return globSync('test/**/*.test.ts', { cwd: root, exclude: globsOf(LONG) })
    .filter(usesRuns)
    .sort()
}

/** Returns the files whose properties walk through lists in memory. `npm run verify` repeats them while answers are kept. */
export const findWalks = (): string[] =>
  findProperties().filter((file) =>
    /\bModel(Group|Account)\b|\brun\w*Scenario\b/.test(readFileSync(root + file, 'utf8')),
  )

/** Returns the globs of the files. */
export const globsOf = (paths: readonly string[]): string[] =>
  paths.map((path) => (path.endsWith('/') ? `${path}**/*.test.ts` : path))
