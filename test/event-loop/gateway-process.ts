import type { AddressInfo } from 'node:net'
import { createGateway } from '../../src/gateway.ts'
import { createListener } from '../../src/server/listener.ts'

/** A message of the process: its port once, then a report for each request for one. */
export type Message = { readonly port: number } | Report

/** The longest piece of synchronous work since the last report, and a constant unit of work to compare it with. */
export interface Report {
  /** CPU time of the main thread between two turns of its event loop, at most, in microseconds. */
  readonly longestUs: number
  /** CPU time of the unit, in microseconds. */
  readonly unitUs: number
}

/** Returns the CPU time of this thread so far. It does not grow while another process has the core. */
function cpuUs(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

const UNIT = JSON.stringify(
  Array.from({ length: 1000 }, (_, index) => ({ id: `row-${index}`, amount: '12.50', tags: ['a', 'b'], at: index })),
)

/** Measures the CPU time of reading and writing a thousand rows of JSON, as the median of several runs. */
function measureUnit(): number {
  const start = cpuUs()
  for (let times = 0; times < 200; times++) JSON.stringify(JSON.parse(UNIT))
  return (cpuUs() - start) / 200
}

let longestUs = 0
let turnStartUs = cpuUs()
let isStopped = false

function turn(): void {
  const now = cpuUs()
  longestUs = Math.max(longestUs, now - turnStartUs)
  turnStartUs = now
  if (!isStopped) setImmediate(turn)
}

const gateway = createGateway({ environment: process.env })
const server = createListener(gateway)

async function stop(): Promise<void> {
  isStopped = true
  server.close()
  await gateway.close()
  process.disconnect()
}

process.on('message', (command) => {
  if (command === 'stop') return void stop()
  const report: Report = { longestUs, unitUs: measureUnit() }
  process.send!(report)
  longestUs = 0
  turnStartUs = cpuUs()
})
server.listen(0, '127.0.0.1', () => {
  process.send!({ port: (server.address() as AddressInfo).port })
  turn()
})
