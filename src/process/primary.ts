import type { RunningSandboxes } from '../gateway/sandboxes.ts'
import type { Gateway } from '../gateway.ts'
import { reloadLevelOnHangup } from '../log.ts'
import { describeStart } from './announcement.ts'
import { stopOnSignal } from './stop-signals.ts'
import { WorkerPool } from './worker-pool.ts'

/**
 * Runs worker processes until a signal ends them.
 *
 * @param gateway a gateway with the configuration of the workers; it answers nothing
 */
export function runPrimary(gateway: Gateway, sandbox: RunningSandboxes | null): void {
  const { config, log } = gateway
  const { workers: size, shutdownDelayMs, shutdownTimeoutMs } = config.lifeCycle
  let isAnnounced = false
  const pool = new WorkerPool({
    size,
    log,
    sandbox: sandbox?.environment ?? null,
    onListening({ origin, scrapersOrigin }) {
      if (!isAnnounced) console.log(describeStart(gateway, origin, sandbox, scrapersOrigin).join('\n'))
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
