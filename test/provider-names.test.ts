import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { PROVIDERS } from '../src/gateway.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Tests outside of `test/providers/` that may name a provider, by the reason. All others find the providers and their
 * test kits through the registry, so that they hold for one more provider.
 */
const MAY_NAME: Readonly<Record<string, readonly string[]>> = {
  'Their programs and queries are those of docs/examples, which read the fields of these providers.': [
    'test/clients/',
    'test/federation/',
    'test/readme.test.ts',
  ],
  'They test the sandbox of one provider.': ['test/sandbox/'],
  'The scenario needs a field, a variable or an upstream, and any provider would do.': [
    'test/cli/',
    'test/server/',
    'test/upstream/',
    'test/event-loop/',
    'test/soak/',
    'test/config/',
    'test/config.test.ts',
    'test/log/',
    'test/metrics/',
    'test/process/',
    'test/tracing/',
    'test/connection/cursor.test.ts',
    'test/cost.test.ts',
    'test/cursors.test.ts',
    'test/example-provider.test.ts',
    'test/fuzz/found.test.ts',
    'test/gateway.test.ts',
    'test/graphql/',
    'test/ids.test.ts',
    'test/schema.test.ts',
    'test/support/ledger-conformance/grants.ts',
  ],
  'The scenario is made of two ledgers of certain kinds, with accounts of each.': [
    'test/account-filters.test.ts',
    'test/cache/closed-period.test.ts',
    'test/cache/conformance.test.ts',
    'test/cache/processes.test.ts',
    'test/fairness.test.ts',
    'test/faults/policy.test.ts',
    'test/faults/support/walks.ts',
    'test/filters.test.ts',
    'test/grants.test.ts',
    'test/groups.test.ts',
    'test/growth/',
    'test/large-ledger.test.ts',
    'test/month-end.test.ts',
    'test/support/exact.ts',
    'test/support/gateway.ts',
  ],
  'It lists the names.': ['test/provider-names.test.ts'],
}

const isIn = (file: string, allowed: string) => (allowed.endsWith('/') ? file.startsWith(allowed) : file === allowed)

describe('the tests over all providers', () => {
  const names = new RegExp(PROVIDERS.map(({ name }) => name).join('|'), 'i')
  const naming = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('providers/'))
    .map((file) => `test/${file}`)
    .filter((file) => file === 'test/provider-names.test.ts' || names.test(readFileSync(root + file, 'utf8')))
  const allowed = Object.values(MAY_NAME).flat()

  it('name no provider', () => {
    expect(naming.filter((file) => !allowed.some((path) => isIn(file, path)))).toEqual([])
  })

  it('are not excused without a reason: each exception names a provider', () => {
    expect(allowed.filter((path) => !naming.some((file) => isIn(file, path)))).toEqual([])
  })
})
