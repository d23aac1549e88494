import { writeFileSync } from 'node:fs'
import { type Measurement, measureWorkload, startBench, withServers } from './measure.ts'
import { type BenchOptions, readOptions, USAGE, UsageError } from './options.ts'
import { chooseAffinity } from './process/affinity.ts'
import { computeFigures } from './report/statistics.ts'
import { writeTable } from './report/table.ts'
import type { RunningServer } from './servers.ts'
import type { Workload } from './workloads/workload.ts'

/** What the columns mean that do not explain themselves. */
const LEGEND = `CPU: user and system time of the whole server process, helper threads included. ÷: its ratio to another server over the
same rounds, with the 90 % interval. KB / op: allocated in the V8 heap, garbage included.
requests / op and rows read / row: as counted by the upstream; rows in relation to those in the answers.`

async function run(options: BenchOptions): Promise<void> {
  const affinity = chooseAffinity()
  console.log(`${affinity.description}\n`)
  const bench = await startBench(options, affinity)
  const measurements: Measurement[] = []
  const measure = async (workload: Workload, servers: readonly RunningServer[]) => {
    const measured = await measureWorkload(bench, workload, servers)
    measurements.push(...measured)
    console.log(`${workload.name}: ${workload.title}`)
    console.log(`${writeTable(computeFigures(measured), options.isMarkdown)}\n`)
  }
  try {
    const groups = options.sharesServers ? [options.workloads] : options.workloads.map((workload) => [workload])
    for (const group of groups) {
      await withServers(bench, async (servers) => {
        for (const workload of group) await measure(workload, servers)
      })
    }
  } finally {
    await bench.stop()
  }
  console.log(LEGEND)
  const figures = computeFigures(measurements)
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify({ affinity, figures }, null, 2)}\n`)
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === null) console.log(USAGE)
  else await run(options)
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error)
  process.exitCode = 1
}
