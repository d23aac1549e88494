import type { AddressInfo } from 'node:net'
import { createListener } from '../../../src/server/listener.ts'
import { startGateway, type TestGateway, type TestGatewayOptions } from '../../support/gateway.ts'

/** A gateway that listens, for clients that send real requests. */
export interface ServedGateway extends TestGateway {
  /** Such as `http://127.0.0.1:4000`. */
  readonly origin: string
}

/** Starts both sandboxes and a gateway that listens on a free port of the loopback interface. */
export async function serveGateway(options: TestGatewayOptions = {}): Promise<ServedGateway> {
  const at = await startGateway(options)
  const server = createListener(at.gateway)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    ...at,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
      await at.close()
    },
  }
}
