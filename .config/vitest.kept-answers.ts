import { findWalks } from './test-sets.ts'
import { configure } from './vitest.config.ts'

const WALKS = process.env.WALKS ?? '50'

/** The properties of paging, while the answers of the lists are kept. */
export default configure({
  include: findWalks(),
  timeoutMs: 600_000,
  environments: {
    'kept answers of closed periods': { KEPT_ANSWERS: 'closed', WALKS },
    'kept answers of open lists': { KEPT_ANSWERS: 'open', WALKS },
  },
})
