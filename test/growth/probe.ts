import { setImmediate } from 'node:timers/promises'
import { GCProfiler, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What the process of the gateway reports about itself. */
export interface Sample {
  /** User and system time of all threads since the start, in microseconds. */
  readonly cpuUs: number
  /** Bytes in the heap right after a collection. */
  readonly heapBytes: number
}

/** A request to the process, answered by a message with the result. */
export type ProbeRequest = 'sample' | 'cpu' | 'watch promotions' | 'promoted bytes'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

let profiler: GCProfiler | null = null

const cpuUs = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

async function sample(): Promise<Sample> {
  const used = cpuUs()
  // Objects that the first collection finalises may hold on to others until then.
  collectGarbage()
  await setImmediate()
  collectGarbage()
  return { cpuUs: used, heapBytes: process.memoryUsage().heapUsed }
}

/** Returns the bytes by which scavenges have filled the old space: those of objects that outlived two of them. */
function promotedBytes(): number {
  const collections = profiler?.stop()?.statistics ?? []
  profiler = null
  let bytes = 0
  for (const { gcType, beforeGC, afterGC } of collections) {
    if (gcType !== 'Scavenge') continue
    const oldSpace = ({ heapSpaceStatistics }: typeof beforeGC) =>
      heapSpaceStatistics.find(({ spaceName }) => spaceName === 'old_space')!.spaceUsedSize
    bytes += oldSpace(afterGC) - oldSpace(beforeGC)
  }
  return bytes
}

function watchPromotions(): null {
  collectGarbage()
  profiler = new GCProfiler()
  profiler.start()
  return null
}

// Loaded into the process of the gateway before its own modules.
process.on('message', async (request: ProbeRequest) => {
  if (request === 'sample') process.send!(await sample())
  else if (request === 'cpu') process.send!(cpuUs())
  else if (request === 'watch promotions') process.send!(watchPromotions())
  else process.send!(promotedBytes())
})
process.channel?.unref()
process.once('disconnect', () => process.exit())
