import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The process cannot listen on its address. The message says why, for the operator. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

const reasonOf = ({ code = 'unknown error' }: NodeJS.ErrnoException, variable: string) =>
  code === 'EADDRINUSE' ? `the port is in use; set ${variable} to another one` : code

export interface ListenOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** The variable that holds the port. */
  readonly variable: string
}

/**
 * Begins to listen. A worker that has the maximum of connections closes a further one, as a single process does; by default it
 * would give it back to the primary process, which offers it to the workers again and again.
 *
 * @returns the origin of the server's URLs, such as `http://127.0.0.1:4000`
 * @throws {ListenError} when the address cannot be used
 */
export function listen(server: Server, { host, port, variable }: ListenOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) =>
      reject(new ListenError(`Cannot listen on ${host}:${port}: ${reasonOf(error, variable)}.`))
    server.once('error', onError)
    // The type of Node's server does not have this option yet.
    Object.assign(server, { dropMaxConnection: true })
    server.listen(port, host, () => {
      server.off('error', onError)
      const { port: actual } = server.address() as AddressInfo
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${actual}`)
    })
  })
}
