import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** Starts a server on a free port of 127.0.0.1. */
export async function listen(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** Closes a server and all of its connections. */
export async function shut(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

export const openSocket = (server: Server): Socket => connect(portOf(server), '127.0.0.1').setNoDelay()

/** An answer as received. */
export interface WireAnswer {
  readonly status: number
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Parses one answer from the received bytes; null when there are none. */
export function parseAnswer(text: string): WireAnswer | null {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return null
  const [line = '', ...fields] = text.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(
    fields.map((field) => {
      const colon = field.indexOf(':')
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()]
    }),
  )
  return { status: Number(line.split(' ')[1]), headers, body: text.slice(end + 4) }
}

/**
 * Sends exactly these bytes, and reads until the server closes the connection; the request has to ask for that, or be one that
 * the server closes the connection after.
 *
 * @returns null when the server closes it without an answer
 */
export async function sendBytes(server: Server, bytes: string | Buffer): Promise<WireAnswer | null> {
  const socket = openSocket(server)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // A reset also closes the connection.
  socket.on('error', () => {})
  socket.write(bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  return parseAnswer(Buffer.concat(chunks).toString('latin1'))
}

/** The text of a request without a body, after which the connection is closed. */
export const requestText = (target: string, fields: readonly string[], method = 'GET') =>
  [`${method} ${target} HTTP/1.1`, ...fields, 'connection: close', '', ''].join('\r\n')
