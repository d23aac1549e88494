import { writeFileSync } from 'node:fs'
import { type Bench, type Measurement, measureWorkload, profileWorkload, startBench, withServers } from './measure.ts'
import { type BenchOptions, readOptions, USAGE, UsageError } from './options.ts'
import { chooseAffinity } from './process/affinity.ts'
import { writeProfile } from './report/profile.ts'
import { computeFigures } from './report/statistics.ts'
import { writeTable } from './report/table.ts'
import type { RunningServer } from './servers.ts'
import type { Workload } from './workloads/workload.ts'

/** What the columns mean that do not explain themselves. */
const LEGEND = `CPU: user and system time of the whole server process, helper threads included. ÷: its ratio to another server over the
same rounds, with the 90 % interval. KB / op: allocated in the V8 heap, garbage included.
requests / op and rows read / row: as counted by the upstream; rows in relation to those in the answers.`

async function measureAll(bench: Bench): Promise<void> {
  const { options, affinity } = bench
  const measurements: Measurement[] = []
  const measure = async (workload: Workload, servers: readonly RunningServer[]) => {
    const measured = await measureWorkload(bench, workload, servers)
    measurements.push(...measured)
    console.log(`${workload.name}: ${workload.title}`)
    console.log(`${writeTable(computeFigures(measured), options.isMarkdown)}\n`)
  }
  const groups = options.sharesServers ? [options.workloads] : options.workloads.map((workload) => [workload])
  for (const group of groups) {
    await withServers(bench, async (servers) => {
      for (const workload of group) await measure(workload, servers)
    })
  }
  console.log(LEGEND)
  const figures = computeFigures(measurements)
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify({ affinity, figures }, null, 2)}\n`)
}

async function profileAll(bench: Bench): Promise<void> {
  for (const workload of bench.options.workloads) {
    await withServers(bench, async ([gateway]) => {
      if (!gateway) return
      console.log(`${workload.name}: ${workload.title}\n`)
      console.log(writeProfile(await profileWorkload(bench, workload, gateway), bench.options.isMarkdown))
    })
  }
}

async function run(options: BenchOptions): Promise<void> {
  const affinity = chooseAffinity()
  console.log(`${affinity.description}\n`)
  const bench = await startBench(options, affinity)
  try {
    await (options.isProfile ? profileAll(bench) : measureAll(bench))
  } finally {
    await bench.stop()
  }
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === null) console.log(USAGE)
  else await run(options)
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error)
  process.exitCode = 1
}
