import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** The longest pause between two checks. */
const MAX_INTERVAL_MS = 1_000

/** How far the client has read. */
interface Progress {
  /** Bytes that the operating system has taken; grows only with whole writes. */
  taken: number
  /** When that changed last, or when there was nothing to read. */
  since: number
}

/**
 * Closes connections whose client does not read: while something is to be sent, no write has been completed for `timeoutMs`.
 * Without this, answers to clients that never read them stay in memory for as long as the clients like.
 *
 * @param onStalled called with each connection right before it is closed
 */
export function closeStalledConnections(
  server: Server,
  timeoutMs: number,
  onStalled: (socket: Socket) => void,
  now: () => number = () => performance.now(),
): void {
  const open = new Map<Socket, Progress>()
  server.on('connection', (socket: Socket) => {
    open.set(socket, { taken: 0, since: now() })
    socket.once('close', () => open.delete(socket))
  })

  function check(): void {
    const at = now()
    for (const [socket, progress] of open) {
      const taken = socket.bytesWritten - socket.writableLength
      if (socket.writableLength === 0 || taken !== progress.taken) {
        progress.taken = taken
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
