import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Maximum interval between two checks. */
const MAX_INTERVAL_MS = 1_000

/** Progress of a client in reading what is sent to it. */
interface Progress {
  /** Bytes that were passed to the operating system; grows only with whole writes. */
  sent: number
  /** Time at which `sent` changed last, or at which there was nothing to send. */
  since: number
}

/**
 * Closes connections whose client does not read: data is waiting to be sent, and no write has completed for `timeoutMs`.
 * Otherwise answers to clients that never read would stay in memory without limit (slow-read attack).
 *
 * @param onStalled called with each connection before it is closed
 */
export function closeStalledConnections(
  server: Server,
  timeoutMs: number,
  onStalled: (socket: Socket) => void,
  now: () => number = () => performance.now(),
): void {
  const open = new Map<Socket, Progress>()
  server.on('connection', (socket: Socket) => {
    open.set(socket, { sent: 0, since: now() })
    socket.once('close', () => open.delete(socket))
  })

  function check(): void {
    const at = now()
    for (const [socket, progress] of open) {
      const sent = socket.bytesWritten - socket.writableLength
      if (socket.writableLength === 0 || sent !== progress.sent) {
        progress.sent = sent
        progress.since = at
      } else if (at - progress.since >= timeoutMs) {
        onStalled(socket)
        socket.destroy()
      }
    }
  }

  const timer = setInterval(check, Math.min(MAX_INTERVAL_MS, Math.ceil(timeoutMs / 4))).unref()
  server.once('close', () => clearInterval(timer))
}
