import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { createGateway } from '../../src/gateway.ts'
import { createListener } from '../../src/server/listener.ts'

/** A sample of the gateway's process. */
export interface Sample {
  /** Bytes, right after a collection. */
  readonly heap: number
  /** Bytes of buffers and the like. */
  readonly external: number
  /** The number of active resources, by kind. */
  readonly resources: Readonly<Record<string, number>>
  /** Unhandled rejections and exceptions. */
  readonly strays: readonly string[]
}

/** A message of the process: the port once, then a sample for each request. */
export type Message = { readonly port: number } | Sample

const strays: string[] = []
process.on('unhandledRejection', (error) => strays.push(`rejection: ${String(error)}`))
process.on('uncaughtException', (error) => strays.push(`exception: ${String(error)}`))

const gateway = createGateway({ environment: process.env })
const server = createListener(gateway)

async function sample(): Promise<Sample> {
  // Objects that the first collection finalises may hold on to others until then.
  globalThis.gc?.()
  await setImmediate()
  globalThis.gc?.()
  const resources: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
  const { heapUsed, external } = process.memoryUsage()
  return { heap: heapUsed, external, resources, strays }
}

async function stop(): Promise<void> {
  server.close()
  await gateway.close()
  // Nothing else may keep the process running now.
  process.disconnect()
}

process.on('message', (request) => {
  if (request === 'stop') void stop()
  else void sample().then((taken) => process.send!(taken))
})
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }))
