import { constants, monitorEventLoopDelay, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { DurationHistogram } from '../values/duration-histogram.ts'

/** Interval at which the delay of the event loop is sampled. */
const RESOLUTION_MS = 20
const NANOSECONDS = 1e9

/** Delays of the event loop beyond the time for which it was to wait, in seconds. */
export interface EventLoopLag {
  readonly mean: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const GC_KINDS: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

/** An entry for one garbage collection. */
interface CollectionEntry extends PerformanceEntry {
  readonly detail?: { readonly kind: number }
}

/** Measures the event loop and the garbage collection of this process. */
export class ProcessMonitor {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  readonly #collections = new Map([...GC_KINDS.values()].map((kind) => [kind, new DurationHistogram()]))

  constructor() {
    this.#delays.enable()
    new PerformanceObserver((list) => {
      for (const { duration, detail } of list.getEntries() as readonly CollectionEntry[]) {
        this.#collections.get(GC_KINDS.get(detail?.kind ?? 0) ?? '')?.add(duration)
      }
    }).observe({ entryTypes: ['gc'] })
  }

  /** Pauses of the garbage collection, by kind. */
  get collections(): ReadonlyMap<string, DurationHistogram> {
    return this.#collections
  }

  /** Returns the lag of the event loop since the last call; all zeros when nothing was sampled. */
  takeLag(): EventLoopLag {
    const delays = this.#delays
    if (delays.count === 0) return { mean: 0, p50: 0, p99: 0, max: 0 }
    // A sample contains the interval of the sampling itself.
    const lagOf = (nanoseconds: number) => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1000)
    const lag = {
      mean: lagOf(delays.mean),
      p50: lagOf(delays.percentile(50)),
      p99: lagOf(delays.percentile(99)),
      max: lagOf(delays.max),
    }
    delays.reset()
    return lag
  }
}

let monitor: ProcessMonitor | null = null

/** Returns the monitor of this process; the first call starts it. */
export function processMonitor(): ProcessMonitor {
  monitor ??= new ProcessMonitor()
  return monitor
}
