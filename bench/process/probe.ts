import { GCProfiler, getHeapStatistics } from 'node:v8'
import { answerMessages } from './child.ts'
import { startProfile, stopProfile } from './profiler.ts'

/** Processor time and memory of a whole process. */
export interface Usage {
  /** User and system time of all threads since the start, in microseconds. */
  readonly cpuUs: number
  readonly rssBytes: number
}

function usage(): Usage {
  const { user, system } = process.cpuUsage()
  return { cpuUs: user + system, rssBytes: process.memoryUsage.rss() }
}

let collections: { readonly profiler: GCProfiler; readonly usedBefore: number } | null = null

function startAllocations(): void {
  const profiler = new GCProfiler()
  collections = { profiler, usedBefore: getHeapStatistics().used_heap_size }
  profiler.start()
}

/** Returns the bytes that were allocated in the heap since `startAllocations`: its growth between the collections. */
function stopAllocations(): number {
  if (collections === null) return 0
  const { profiler, usedBefore } = collections
  collections = null
  let allocated = 0
  let used = usedBefore
  for (const { beforeGC, afterGC } of profiler.stop()?.statistics ?? []) {
    allocated += Math.max(0, beforeGC.heapStatistics.usedHeapSize - used)
    used = afterGC.heapStatistics.usedHeapSize
  }
  return allocated + Math.max(0, getHeapStatistics().used_heap_size - used)
}

// Loaded into a server before its own modules, so that every server is measured from within in the same way.
answerMessages({ usage, startAllocations, stopAllocations, startProfile, stopProfile })
