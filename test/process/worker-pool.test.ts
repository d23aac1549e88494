import cluster from 'node:cluster'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createLog } from '../../src/log.ts'
import { WorkerPool } from '../../src/process/worker-pool.ts'

const { cwd } = cluster.settings
afterEach(() => {
  cluster.settings.cwd = cwd
  vi.restoreAllMocks()
})

describe('WorkerPool', () => {
  const lines: Readonly<Record<string, unknown>>[] = []

  function createPool(): WorkerPool {
    lines.length = 0
    return new WorkerPool({
      size: 1,
      log: createLog('info', (line) => void lines.push(JSON.parse(line))),
      sandbox: null,
      onListening() {},
      onFailed() {},
    })
  }

  it('tries again when the system refuses a restart at once', async () => {
    const pool = createPool()
    cluster.settings.cwd = '/does/not/exist'
    pool.start()
    // Node throws where memory is missing.
    vi.spyOn(cluster, 'fork').mockImplementationOnce(() => {
      throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' })
    })
    await expect
      .poll(() => lines.slice(0, 3).map(({ message, pauseMs }) => ({ message, pauseMs })))
      .toEqual([100, 200, 400].map((pauseMs) => ({ message: 'worker died', pauseMs })))
    expect(await pool.stop('SIGTERM')).toBe(true)
  })

  it('tries again when the system creates no process, and stops without waiting for one', async () => {
    const pool = createPool()
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
