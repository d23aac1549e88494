import { createGateway } from '../gateway.ts'
import { loadTracing } from './load-tracing.ts'
import type { PrimaryMessage, WorkerMessage } from './messages.ts'
import { PageRequests } from './page-requests.ts'
import { type RunningGateway, startListening } from './running-gateway.ts'
import { describeStartFailure } from './start-failure.ts'

const send = (message: WorkerMessage, onSent?: () => void) => process.send?.(message, undefined, undefined, onSent)

type StartMessage = PrimaryMessage & { readonly kind: 'start' }

async function startGateway({ sandbox }: StartMessage, pages: PageRequests): Promise<RunningGateway> {
  const isSandbox = sandbox !== null
  const createTracing = await loadTracing(process.env)
  const gateway = createGateway({ environment: { ...process.env, ...sandbox }, createTracing, isSandbox })
  gateway.metrics?.renderWith(() => pages.request())
  return startListening(gateway, isSandbox)
}

/** Sends the metrics of this worker, if it has started. */
async function sendMetrics(running: RunningGateway | null): Promise<void> {
  const snapshot = await running?.gateway.metrics?.snapshot()
  if (snapshot !== undefined) send({ kind: 'metrics', snapshot })
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
  const pages = new PageRequests((request) => send({ kind: 'get-metrics-page', request }))

  async function start(message: StartMessage): Promise<void> {
    running = await startGateway(message, pages)
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
    switch (message.kind) {
      case 'start':
        void start(message).catch(fail)
        break
      case 'stop':
        stop(message.signal)
        break
      case 'send-metrics':
        // Without an answer the primary process shows the previous values.
        void sendMetrics(running).catch(() => {})
        break
      case 'metrics-page':
        pages.receive(message.request, message.page)
        break
    }
  })
  send({ kind: 'waiting' })
}
