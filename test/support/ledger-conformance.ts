import { afterEach, beforeEach, describe } from 'vitest'
import { describeEntries } from './ledger-conformance/entries.ts'
import { describeFailures } from './ledger-conformance/failures.ts'
import { describePages } from './ledger-conformance/pages.ts'
import { describeRequests } from './ledger-conformance/requests.ts'
import { createSuite, type LedgerTraits } from './ledger-conformance/suite.ts'
import { describeWalks } from './ledger-conformance/walks.ts'

export type { LedgerSubject, LedgerTraits } from './ledger-conformance/suite.ts'

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
  })
}
