import type { Environment } from '../config.ts'
import type { RunningSandboxes } from '../gateway/sandboxes.ts'
import type { Gateway } from '../gateway.ts'
import { reloadLevelOnHangup } from '../log.ts'
import { describeStart } from './announcement.ts'
import { stopOnSignal } from './stop-signals.ts'
import { WorkerPool } from './worker-pool.ts'

export interface PrimaryOptions {
  /** A gateway with the configuration of the workers; it answers nothing. */
  readonly gateway: Gateway
  readonly environment: Environment
  /** Null when a provider is configured. */
  readonly sandbox: RunningSandboxes | null
}

/** Runs worker processes until a signal ends them. */
export function runPrimary({ gateway, environment, sandbox }: PrimaryOptions): void {
  const { config, log } = gateway
  const { workers: size, shutdownDelayMs, shutdownTimeoutMs } = config.lifeCycle
  let isAnnounced = false
  const pool = new WorkerPool({
    size,
    log,
    sandbox: sandbox?.environment ?? null,
    onListening({ origin, scrapersOrigin }) {
      const started = { gateway, environment, origin, scrapersOrigin, sandbox }
      if (!isAnnounced) console.log(describeStart(started).join('\n'))
      isAnnounced = true
    },
    onFailed(text) {
      console.error(text)
      pool.kill()
      process.exit(1)
    },
  })
  pool.start()
  reloadLevelOnHangup(log)
  process.on('SIGHUP', () => {
    // Workers that start later read it there.
    process.env.LOG_LEVEL = log.level
    pool.signal('SIGHUP')
  })
  process.on('SIGUSR2', () => void pool.replaceAll())
  stopOnSignal(async (signal) => {
    setTimeout(() => {
      pool.kill()
      process.exit(1)
    }, shutdownDelayMs + shutdownTimeoutMs).unref()
    const isClean = await pool.stop(signal)
    await sandbox?.close()
    return isClean ? 0 : 1
  })
}
