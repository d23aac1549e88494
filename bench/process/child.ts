import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Call, Listening, Reply } from './messages.ts'

/** Functions that the benchmark calls in this process, by name. */
export type Handlers = Readonly<Record<string, (argument: unknown) => unknown>>

function send(message: Reply | Listening): void {
  process.send?.(message)
}

/** Answers calls of the benchmark. They do not keep the process running. */
export function answerMessages(handlers: Handlers): void {
  process.on('message', async ({ id, name, argument }: Call) => {
    const handler = handlers[name]
    if (handler === undefined) return
    try {
      send({ id, result: await handler(argument) })
    } catch (error) {
      send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
  process.channel?.unref()
  // However the benchmark ends, its processes do not outlive it.
  process.once('disconnect', () => process.exit())
}

/**
 * Time that connections stay open. It is longer than any pause: a server that computes an expected answer for seconds would
 * find its connections idle afterwards, and close them while requests arrive.
 */
const KEEP_ALIVE_MS = 600_000

/** Listens on a free port of this machine and reports it to the benchmark. */
export function listen(server: Server): Promise<void> {
  server.keepAliveTimeout = KEEP_ALIVE_MS
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      send({ port: (server.address() as AddressInfo).port })
      resolve()
    })
  })
}
