import { createGateway } from '../gateway.ts'
import { loadTracing } from './load-tracing.ts'
import type { PrimaryMessage, WorkerMessage } from './messages.ts'
import { type RunningGateway, startListening } from './running-gateway.ts'
import { describeStartFailure } from './start-failure.ts'

const send = (message: WorkerMessage, onSent?: () => void) => process.send?.(message, undefined, undefined, onSent)

type StartMessage = PrimaryMessage & { readonly kind: 'start' }

async function startGateway({ sandbox }: StartMessage): Promise<RunningGateway> {
  const isSandbox = sandbox !== null
  const createTracing = await loadTracing(process.env)
  const gateway = createGateway({ environment: { ...process.env, ...sandbox }, createTracing, isSandbox })
  return startListening(gateway, isSandbox)
}

/** Reports why the worker cannot start, and ends it. */
function fail(error: unknown): void {
  const text = describeStartFailure(error)
  if (text === null) throw error
  send({ kind: 'failed', text }, () => process.exit(1))
}

/**
 * Runs a gateway in a worker process. It starts and ends when the primary process says so; a signal that is sent to the worker alone
 * ends it, too, and the primary process replaces it.
 */
export function runWorker(): void {
  let running: RunningGateway | null = null
  let isStopping = false

  async function start(message: StartMessage): Promise<void> {
    running = await startGateway(message)
    const { origin, scrapersOrigin } = running
    send({ kind: 'listening', origin, scrapersOrigin })
  }

  /** A signal to a group of processes arrives here and at the primary process, which then asks for the same. */
  function stop(signal: string): void {
    if (isStopping) return
    isStopping = true
    if (running === null) process.exit(0)
    void running.stop(signal).then(
      (status) => process.exit(status),
      () => process.exit(1),
    )
  }

  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, stop)
  process.on('message', (message: PrimaryMessage) => {
    if (message.kind === 'start') void start(message).catch(fail)
    else stop(message.signal)
  })
  send({ kind: 'waiting' })
}
