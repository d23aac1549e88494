import cluster, { type Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'
import type { Log } from '../log.ts'
import type { PrimaryMessage, WorkerMessage } from './messages.ts'
import { MetricsCollector } from './metrics-collector.ts'
import { RestartBackoff } from './restart-backoff.ts'

const MAIN = fileURLToPath(new URL('./worker.ts', import.meta.url))

type ListeningMessage = Extract<WorkerMessage, { kind: 'listening' }>

/** A worker process. */
interface Member {
  readonly worker: Worker
  readonly startedAt: number
  /** Shared with the workers that replace it. */
  readonly backoff: RestartBackoff
  isListening: boolean
  /** The signal that it did not get because it was starting. */
  missedSignal: NodeJS.Signals | null
  /** True when its end is wanted, so that it is not replaced after it. */
  isRetired: boolean
  /** Resolves with true when it listens, or with false when it has ended before. */
  readonly started: Promise<boolean>
  readonly ended: Promise<void>
}

export interface WorkerPoolOptions {
  readonly size: number
  readonly log: Log
  readonly sandbox: Extract<PrimaryMessage, { kind: 'start' }>['sandbox']
  /** Called for each worker that listens. */
  onListening(addresses: ListeningMessage): void
  /** Called when a worker cannot start and no other one has ever listened. */
  onFailed(text: string): void
}

const send = ({ worker }: Member, message: PrimaryMessage) => {
  if (worker.isConnected()) worker.send(message)
}

/** Worker processes that serve one port. Those that die are replaced, after a pause that grows while they keep dying. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #members = new Set<Member>()
  readonly #pauses = new Set<NodeJS.Timeout>()
  #hasListened = false
  #isStopping = false
  #hasFailed = false
  #replacing: Promise<void> | null = null
  readonly #metrics = new MetricsCollector({
    workers: () => this.#listening().map(({ worker }) => worker.id),
    ask: (id) => {
      for (const member of this.#listening()) if (member.worker.id === id) send(member, { kind: 'send-metrics' })
    },
  })

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    cluster.setupPrimary({ exec: MAIN, args: [] })
    // The primary process hands connections over, so that one for a worker that is ending goes to another.
    cluster.schedulingPolicy = cluster.SCHED_RR
  }

  /** Starts the workers. */
  start(): void {
    for (let count = 0; count < this.#options.size; count++) this.#fork(new RestartBackoff())
  }

  /** Sends a signal to each worker; to one that is still starting, which the signal would end, once it listens. */
  signal(signal: NodeJS.Signals): void {
    for (const member of this.#members) {
      if (member.isListening) member.worker.process.kill(signal)
      else member.missedSignal = signal
    }
  }

  /**
   * Replaces all workers, one after the other: a new one listens before an old one ends. Ends early when a new one cannot start;
   * the old ones then go on. Calls during a replacement join it.
   */
  replaceAll(): Promise<void> {
    this.#replacing ??= this.#replaceEach().finally(() => {
      this.#replacing = null
    })
    return this.#replacing
  }

  /**
   * Ends all workers.
   * @returns true when each of them has ended with status 0
   */
  async stop(signal: string): Promise<boolean> {
    this.#isStopping = true
    for (const pause of this.#pauses) clearTimeout(pause)
    for (const member of this.#members) {
      member.isRetired = true
      if (member.isListening) send(member, { kind: 'stop', signal })
      else member.worker.process.kill('SIGKILL')
    }
    await Promise.all([...this.#members].map(({ ended }) => ended))
    return !this.#hasFailed
  }

  /** Ends all workers at once. */
  kill(): void {
    for (const { worker } of this.#members) worker.process.kill('SIGKILL')
  }

  #fork(backoff: RestartBackoff): Member {
    const worker = cluster.fork()
    const started = Promise.withResolvers<boolean>()
    const ended = Promise.withResolvers<void>()
    const member: Member = {
      worker,
      backoff,
      startedAt: performance.now(),
      isListening: false,
      missedSignal: null,
      isRetired: false,
      started: started.promise,
      ended: ended.promise,
    }
    this.#members.add(member)
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'listening') started.resolve(true)
      this.#receive(member, message)
    })
    const end = (code: number | null, signal: string | null) => {
      started.resolve(false)
      this.#onExit(member, code, signal)
      ended.resolve()
    }
    worker.once('exit', end)
    worker.on('error', () => {
      // The system has created no process, so that none exits. Any other error is that of a message to a worker that ends.
      if (worker.process.pid === undefined && this.#members.has(member)) end(null, null)
    })
    return member
  }

  #receive(member: Member, message: WorkerMessage): void {
    const { log, sandbox, onListening, onFailed } = this.#options
    const { pid } = member.worker.process
    switch (message.kind) {
      case 'waiting':
        send(member, { kind: 'start', sandbox })
        break
      case 'listening':
        member.isListening = true
        if (member.missedSignal !== null) member.worker.process.kill(member.missedSignal)
        this.#hasListened = true
        log.info('worker started', { pid })
        onListening(message)
        break
      case 'metrics':
        this.#metrics.receive(member.worker.id, message.snapshot)
        break
      case 'get-metrics-page':
        void this.#sendPage(member, message.request)
        break
      case 'failed':
        // Its lines name variables, and hold none of their values.
        if (this.#hasListened) log.error('worker cannot start', { pid, issues: message.text.split('\n') })
        else onFailed(message.text)
        break
    }
  }

  #listening(): readonly Member[] {
    return [...this.#members].filter(({ isListening }) => isListening)
  }

  /** Answers a worker that is scraped with the metrics of all workers. */
  async #sendPage(member: Member, request: number): Promise<void> {
    const page = await this.#metrics.render().catch(() => null)
    send(member, { kind: 'metrics-page', request, page })
  }

  #onExit(member: Member, code: number | null, signal: string | null): void {
    const { log } = this.#options
    const { worker, backoff, startedAt, isRetired } = member
    this.#members.delete(member)
    this.#metrics.end(worker.id)
    if (isRetired) {
      // One that was killed because it had not started yet had no request.
      if (member.isListening && code !== 0) this.#hasFailed = true
      log.info('worker ended', { pid: worker.process.pid, code, signal })
      return
    }
    const pauseMs = backoff.nextPauseMs(performance.now() - startedAt)
    log.warn('worker died', { pid: worker.process.pid, code, signal, pauseMs })
    this.#forkLater(backoff, pauseMs)
  }

  #forkLater(backoff: RestartBackoff, pauseMs: number): void {
    const pause = setTimeout(() => {
      this.#pauses.delete(pause)
      try {
        this.#fork(backoff)
      } catch {
        // For lack of memory the system refuses at once.
        const nextPauseMs = backoff.nextPauseMs(0)
        this.#options.log.warn('worker died', { code: null, signal: null, pauseMs: nextPauseMs })
        this.#forkLater(backoff, nextPauseMs)
      }
    }, pauseMs)
    this.#pauses.add(pause)
  }

  async #replaceEach(): Promise<void> {
    for (const old of [...this.#members]) {
      if (this.#isStopping) return
      const next = this.#fork(old.backoff)
      // Until it takes the place of the old one, it is not replaced itself.
      next.isRetired = true
      if (!(await next.started)) {
        if (!this.#isStopping) this.#options.log.warn('workers not replaced', { reason: 'a new worker did not start' })
        return
      }
      if (this.#isStopping) return
      // An old one that has died meanwhile was replaced for that.
      const leaving = this.#members.has(old) ? old : next
      next.isRetired = false
      leaving.isRetired = true
      send(leaving, { kind: 'stop', signal: 'SIGUSR2' })
      await leaving.ended
    }
  }
}
