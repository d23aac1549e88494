import { findProperties, globsOf, LONG } from './test-sets.ts'
import { configure } from './vitest.config.ts'

/** The files that `npm test` leaves out, and the properties with many more random cases. */
export default configure({
  include: [...globsOf(LONG), ...findProperties()],
  timeoutMs: 600_000,
  env: { WALKS: process.env.WALKS ?? '300', DIFFERENTIAL: process.env.DIFFERENTIAL ?? '5000' },
})
