import { readdirSync, readFileSync } from 'node:fs'
import { type Profiler, Session } from 'node:inspector/promises'

/** Microseconds between two samples. */
const SAMPLING_INTERVAL_US = 250
/** Milliseconds of one unit in which Linux counts the processor time of a thread. */
const TICK_MS = 10

/** Processor time of threads in milliseconds, by their names. */
export type ThreadTimes = Readonly<Record<string, number>>

/** What a process has done while it was profiled. */
export interface ProcessProfile {
  /** Samples of the main thread. */
  readonly main: Profiler.Profile
  /** Empty where the system does not count the time of threads. */
  readonly threads: ThreadTimes
}

function readThreadTimes(): Record<string, number> {
  const times: Record<string, number> = {}
  try {
    for (const id of readdirSync('/proc/self/task')) {
      const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
      const end = stat.lastIndexOf(')')
      const name = stat.slice(stat.indexOf('(') + 1, end)
      // The 14th and 15th field of the line are user and system time; the name is the second one.
      const [user = 0, system = 0] = stat
        .slice(end + 2)
        .split(' ')
        .slice(11, 13)
        .map(Number)
      times[name] = (times[name] ?? 0) + (user + system) * TICK_MS
    }
  } catch {
    return {}
  }
  return times
}

let session: Session | null = null
let before: ThreadTimes = {}

export async function startProfile(): Promise<void> {
  session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US })
  before = readThreadTimes()
  await session.post('Profiler.start')
}

/** @throws when no profile was started */
export async function stopProfile(): Promise<ProcessProfile> {
  if (session === null) throw new Error('no profile was started')
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  session = null
  const threads = Object.entries(readThreadTimes()).map(([name, time]) => [name, time - (before[name] ?? 0)])
  return { main: profile, threads: Object.fromEntries(threads) }
}
