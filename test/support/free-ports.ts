import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that systems give to sockets by themselves, so that none of other tests takes one meanwhile. */
const FIRST = 10_000
const COUNT = 20_000

/** Returns a port of loopback that nothing listens on, for a server that must know its port before it starts. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    const server = createServer()
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening')
    } catch {
      // In use: another one is tried.
      continue
    }
    server.close()
    await once(server, 'close')
    return port
  }
}
