import { afterEach, beforeEach, describe } from 'vitest'
import { describeAmounts } from './ledger-conformance/amounts.ts'
import { describeDepth } from './ledger-conformance/depth.ts'
import { describeEntries } from './ledger-conformance/entries.ts'
import { describeFailures } from './ledger-conformance/failures.ts'
import { describeGrants } from './ledger-conformance/grants.ts'
import { describeInstants } from './ledger-conformance/instants.ts'
import { describeMetering } from './ledger-conformance/metering.ts'
import { describePages } from './ledger-conformance/pages.ts'
import { describePolicies } from './ledger-conformance/policies.ts'
import { describeRequests } from './ledger-conformance/requests.ts'
import { createSuite, type LedgerTraits } from './ledger-conformance/suite.ts'
import { describeSums } from './ledger-conformance/sums.ts'
import { describeWalks } from './ledger-conformance/walks.ts'

export type { LedgerTraits } from './ledger-conformance/suite.ts'

/**
 * Describes the promises of every list of every provider, through GraphQL and over real HTTP on the provider's sandbox.
 *
 * @param name of the list in the names of the tests
 */
export function describeLedgerConformance(name: string, traits: LedgerTraits): void {
  const suite = createSuite(traits)
  describe(`the conformance of ${name}`, () => {
    beforeEach(() => suite.start())
    afterEach(() => suite.close())
    describePages(suite)
    describeWalks(suite)
    describeRequests(suite)
    describeEntries(suite)
    describeFailures(suite)
    describeSums(suite)
    describePolicies(suite)
    describeMetering(suite)
    describeInstants(suite)
    describeGrants(suite)
    describeDepth(suite)
    describeAmounts(suite)
  })
}
