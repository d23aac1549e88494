import { globsOf, LONG } from './test-sets.ts'
import { configure } from './vitest.config.ts'

/** The files of `npm test`. */
export default configure({ exclude: globsOf(LONG) })
