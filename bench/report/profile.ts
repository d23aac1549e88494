import type { Profiler } from 'node:inspector/promises'
import type { ProcessProfile, ThreadTimes } from '../process/profiler.ts'
import { writeRows } from './table.ts'

const PACKAGES_SHOWN = 30
const FUNCTIONS_SHOWN = 40

/** Returns the owner of a function: a package, a module of Node, a room of the gateway, or a part of V8. */
function ownerOf({ functionName, url }: Profiler.ProfileNode['callFrame']): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native)'
  const [, builtin] = /^node:([^/]+(?:\/[^/]+)?)/.exec(url) ?? []
  if (builtin !== undefined) return `node:${builtin}`
  const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? []
  if (name !== undefined) return name
  const [, room] = /\/src\/((?:providers\/)?[^/]+)/.exec(url) ?? []
  return room === undefined ? url : `src/${room}`
}

function functionOf({ functionName, url, lineNumber }: Profiler.ProfileNode['callFrame']): string {
  const place = url.replace(/^.*\/(?=node_modules\/|src\/)/, '')
  return place === '' ? functionName : `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}`
}

/** Adds the time of each sample to the node that was running, idle time left out. */
function timesBy(profile: Profiler.Profile, nameOf: (frame: Profiler.ProfileNode['callFrame']) => string): ThreadTimes {
  const names = new Map(
    profile.nodes
      .filter(({ callFrame }) => callFrame.functionName !== '(idle)')
      .map(({ id, callFrame }) => [id, nameOf(callFrame)]),
  )
  const times: Record<string, number> = {}
  const { samples = [], timeDeltas = [] } = profile
  samples.forEach((id, index) => {
    const name = names.get(id)
    // A delta is the time since the sample before; the time of a sample is that until the next one.
    if (name !== undefined) times[name] = (times[name] ?? 0) + (timeDeltas[index + 1] ?? 0) / 1000
  })
  return times
}

/** Writes times as a table of shares, the largest first. */
function writeShares(title: string, times: ThreadTimes, shown: number, isMarkdown: boolean): string {
  const total = Object.values(times).reduce((sum, time) => sum + time, 0)
  const rows = Object.entries(times)
    .filter(([, time]) => time > 0)
    .sort(([, one], [, other]) => other - one)
    .slice(0, shown)
    .map(([name, time]) => [name, time.toFixed(0), ((100 * time) / total).toFixed(1)])
  return writeRows([[title, 'ms', '%'], ...rows], isMarkdown)
}

/** Writes where a process has spent its time: by thread, and on the main thread by package and by function. */
export function writeProfile({ main, threads }: ProcessProfile, isMarkdown: boolean): string {
  return [
    writeShares('thread', threads, PACKAGES_SHOWN, isMarkdown),
    writeShares('owner, on the main thread', timesBy(main, ownerOf), PACKAGES_SHOWN, isMarkdown),
    writeShares('function, on the main thread', timesBy(main, functionOf), FUNCTIONS_SHOWN, isMarkdown),
  ].join('\n\n')
}
