import cluster from 'node:cluster'
import { afterEach, describe, expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'
import { WorkerPool } from '../../src/process/worker-pool.ts'

const { cwd } = cluster.settings
afterEach(() => {
  cluster.settings.cwd = cwd
})

describe('WorkerPool', () => {
  it('tries again when the system creates no process, and stops without waiting for one', async () => {
    const lines: Readonly<Record<string, unknown>>[] = []
    const pool = new WorkerPool({
      size: 1,
      log: createLog('info', (line) => void lines.push(JSON.parse(line))),
      sandbox: null,
      onListening() {},
      onFailed() {},
    })
    // Creating a process in a folder that does not exist fails, as it does when the system has too many processes.
    cluster.settings.cwd = '/does/not/exist'
    pool.start()
    await expect
      .poll(() => lines.slice(0, 2).map(({ message, pauseMs }) => ({ message, pauseMs })))
      .toEqual([
        { message: 'worker died', pauseMs: 100 },
        { message: 'worker died', pauseMs: 200 },
      ])
    expect(await pool.stop('SIGTERM')).toBe(true)
  })
})
