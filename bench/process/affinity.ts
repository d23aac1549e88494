import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The processors on which the parts of the benchmark run; null where processes cannot be pinned. */
export interface Affinity {
  /** For the servers under test, which take turns. */
  readonly servers: string | null
  /** For the load generator and the upstream. */
  readonly others: string | null
  /** One line for the report. */
  readonly description: string
}

/** Expands a list such as `0-2,5`. */
function expand(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

/** Returns the processors that this process may use; none where the system does not say. */
function allowedProcessors(): number[] {
  try {
    const [, list] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return list === undefined ? [] : expand(list)
  } catch {
    return []
  }
}

/** Chooses one processor for the servers and leaves the others to the rest. */
export function chooseAffinity(): Affinity {
  const notPinned = (reason: string): Affinity => ({
    servers: null,
    others: null,
    description: `Processes are not pinned to processors: ${reason}.`,
  })
  if (spawnSync('taskset', ['--version']).status !== 0) return notPinned('there is no taskset')
  const [first, ...rest] = allowedProcessors()
  if (first === undefined || rest.length === 0) return notPinned('there is only one processor')
  const others = rest.join(',')
  return {
    servers: String(first),
    others,
    description: `Servers are pinned to processor ${first}, the load generator and the upstream to ${others}.`,
  }
}
