import { type AddressInfo, connect } from 'node:net'
import { createServer, type TlsOptions } from 'node:tls'

/** A TLS server that passes what it decrypts to a plain one, as a reverse proxy does. */
export interface TlsFront {
  readonly port: number
  /** The common names of the certificates that clients have shown; null for a client without one. */
  readonly clients: (string | null)[]
  close(): Promise<void>
}

/** Starts a TLS server on loopback in front of the server at a URL. */
export async function startTlsFront(url: string, options: TlsOptions): Promise<TlsFront> {
  const clients: (string | null)[] = []
  const sockets = new Set<{ destroy(): void }>()
  const target = Number(new URL(url).port)
  const server = createServer(options, (socket) => {
    const name = socket.getPeerCertificate().subject?.CN
    clients.push(typeof name === 'string' ? name : null)
    const upstream = connect(target, '127.0.0.1')
    for (const end of [socket, upstream]) {
      sockets.add(end)
      end.on('error', () => {})
      end.once('close', () => {
        socket.destroy()
        upstream.destroy()
      })
    }
    socket.pipe(upstream).pipe(socket)
  })
  // A client that does not trust the server ends the handshake.
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    clients,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
