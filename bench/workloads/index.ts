import { KOBBLE_PAGE } from './kobble-page.ts'
import { VOBIZ_PAGES } from './vobiz-page.ts'
import type { Workload } from './workload.ts'

/** All workloads, in the order of the report. */
export const WORKLOADS: readonly Workload[] = [...VOBIZ_PAGES, KOBBLE_PAGE]

/**
 * Returns the workload with a name.
 * @throws {RangeError} when there is none
 */
export function findWorkload(name: string): Workload {
  const found = WORKLOADS.find((workload) => workload.name === name)
  if (!found) throw new RangeError(`there is no workload "${name}"`)
  return found
}
