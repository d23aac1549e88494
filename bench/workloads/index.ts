import { KOBBLE_IDS } from './aliases.ts'
import { CUSTOMERS_WITH_ENTRIES } from './customers.ts'
import { ENTITIES } from './entities.ts'
import { FULL_PAGE } from './full-page.ts'
import { KOBBLE_PAGE } from './kobble-page.ts'
import { MERGED_PAGE } from './merged-page.ts'
import { TWO_PAGES } from './two-pages.ts'
import { VOBIZ_PAGES } from './vobiz-page.ts'
import type { Workload } from './workload.ts'

/** All workloads, in the order of the report. */
export const WORKLOADS: readonly Workload[] = [
  ...VOBIZ_PAGES,
  KOBBLE_PAGE,
  CUSTOMERS_WITH_ENTRIES,
  KOBBLE_IDS,
  TWO_PAGES,
  FULL_PAGE,
  MERGED_PAGE,
  ENTITIES,
]

/**
 * Returns the workload with a name.
 * @throws {RangeError} when there is none
 */
export function findWorkload(name: string): Workload {
  const found = WORKLOADS.find((workload) => workload.name === name)
  if (!found) throw new RangeError(`there is no workload "${name}"`)
  return found
}
