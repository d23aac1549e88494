import { readdirSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { type Metric, single, type ValueMetric } from './metric.ts'

const MICROSECONDS = 1e6

const PACKAGE = new URL('../../package.json', import.meta.url)

const gatewayVersion = (): string => JSON.parse(readFileSync(PACKAGE, 'utf8')).version

/** Returns the number of open files; null where the system does not list them. */
function countOpenFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return null
  }
}

const processMetric = (type: ValueMetric['type'], name: string, help: string, read: () => number): ValueMetric => ({
  name,
  help,
  type,
  labels: [],
  read: () => single(read()),
})

/** Metrics of the process. Their names are those of other Prometheus clients, so that common dashboards show them. */
export const PROCESS_METRICS: readonly Metric[] = [
  {
    name: 'gateway_event_loop_lag_seconds',
    help: 'Delay of the event loop since the last scrape: mean, median (p50), p99 and max; of several processes the longest.',
    type: 'gauge',
    merge: 'max',
    labels: ['statistic'],
    read: ({ monitor }) =>
      Object.entries(monitor.takeLag()).map(([statistic, value]) => ({ labels: { statistic }, value })),
  },
  processMetric(
    'counter',
    'gateway_event_loop_active_seconds_total',
    'Time in which the event loop was not waiting; its rate is the utilization of the process, 1 at most.',
    () => performance.eventLoopUtilization().active / 1000,
  ),
  {
    name: 'nodejs_gc_duration_seconds',
    help: 'Pauses of the garbage collection since the first scrape, by kind.',
    type: 'histogram',
    labels: ['kind'],
    read: ({ monitor }) => Array.from(monitor.collections, ([kind, durations]) => ({ labels: { kind }, durations })),
  },
  processMetric(
    'counter',
    'process_cpu_user_seconds_total',
    'CPU time of the process outside of the kernel.',
    () => process.cpuUsage().user / MICROSECONDS,
  ),
  processMetric(
    'counter',
    'process_cpu_system_seconds_total',
    'CPU time of the kernel for the process.',
    () => process.cpuUsage().system / MICROSECONDS,
  ),
  processMetric('gauge', 'process_resident_memory_bytes', 'Memory that the process occupies.', () =>
    process.memoryUsage.rss(),
  ),
  processMetric(
    'gauge',
    'nodejs_heap_size_used_bytes',
    'Used memory of the JavaScript heap.',
    () => process.memoryUsage().heapUsed,
  ),
  processMetric(
    'gauge',
    'nodejs_heap_size_total_bytes',
    'Memory of the JavaScript heap.',
    () => process.memoryUsage().heapTotal,
  ),
  processMetric(
    'gauge',
    'nodejs_external_memory_bytes',
    'Memory of buffers and other objects outside of the JavaScript heap.',
    () => process.memoryUsage().external,
  ),
  {
    name: 'process_open_fds',
    help: 'Open files and sockets of the process; missing where the system does not list them.',
    type: 'gauge',
    labels: [],
    read() {
      const count = countOpenFiles()
      return count === null ? [] : single(count)
    },
  },
  {
    name: 'process_start_time_seconds',
    help: 'Start of the process, in seconds since 1970; of several processes the earliest.',
    type: 'gauge',
    merge: 'min',
    labels: [],
    read: () => single(performance.timeOrigin / 1000),
  },
  {
    name: 'gateway_build_info',
    help: 'Always 1; its labels are the versions of the gateway and of Node.',
    type: 'gauge',
    merge: 'first',
    labels: ['version', 'node'],
    read: () => [{ labels: { version: gatewayVersion(), node: process.versions.node }, value: 1 }],
  },
]
