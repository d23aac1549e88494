import { globsOf, LONG, PROPERTIES } from './test-sets.ts'
import { configure } from './vitest.config.ts'

/** The files that `npm test` leaves out, and the properties with many more random cases. */
export default configure({
  include: globsOf([...LONG, ...PROPERTIES]),
  timeoutMs: 600_000,
  env: { WALKS: process.env.WALKS ?? '600' },
})
