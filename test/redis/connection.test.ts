import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RedisConnection } from '../../src/redis/connection.ts'
import { startRedis, type TestRedis, whyNoRedis } from '../support/redis.ts'

/** Starts a connection, and collects the lines that it logs. */
function createConnection(url: string, timeoutMs = 50) {
  const lines: unknown[] = []
  const write = (level: string) => (message: string, fields?: object) => lines.push({ level, message, ...fields })
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  const connection = new RedisConnection({ url, prefix: 'test:', timeoutMs }, log)
  connection.start()
  const isIn = (state: string) =>
    vi.waitFor(() => expect(connection.statistics().state).toBe(state), { timeout: 10_000, interval: 10 })
  return { connection, lines, isIn }
}

const CONNECTED = { level: 'info', message: 'connected to Redis' }
const lost = (cause: string) => ({ level: 'warn', message: 'working without Redis', cause })

describe.skipIf(whyNoRedis !== null)(`RedisConnection${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`, () => {
  let redis: TestRedis
  beforeEach(async () => {
    redis = await startRedis()
  })
  afterEach(() => redis.stop())

  it('sends commands once it is connected, and skips them before', async () => {
    const { connection, isIn, lines } = createConnection(redis.url)
    expect(await connection.send((commands) => commands.ping())).toBeNull()
    await isIn('ready')
    expect(await connection.send((commands) => commands.ping())).toEqual({ reply: 'PONG' })
    expect(connection.statistics()).toEqual({
      state: 'ready',
      commands: { success: 1, refused: 0, timeout: 0, lost: 0, skipped: 1 },
      connections: 1,
    })
    expect(lines).toEqual([CONNECTED])
    connection.close()
    expect(await connection.send((commands) => commands.ping())).toBeNull()
    expect(connection.statistics().state).toBe('closed')
  })

  it('works without Redis while it is stopped, and connects again, with a line for each', async () => {
    const { connection, isIn, lines } = createConnection(redis.url)
    await isIn('ready')
    await redis.stop()
    await isIn('connecting')
    expect(await connection.send((commands) => commands.ping())).toBeNull()
    await redis.start()
    await isIn('ready')
    expect(await connection.send((commands) => commands.ping())).toEqual({ reply: 'PONG' })
    expect(connection.statistics().connections).toBe(2)
    expect(lines).toEqual([CONNECTED, lost('CONNECTION_LOST'), CONNECTED])
    connection.close()
  })

  it('waits for few commands of a Redis that does not answer, and for none afterwards', async () => {
    const { connection, isIn, lines } = createConnection(redis.url)
    await isIn('ready')
    redis.freeze()
    for (let sent = 0; sent < 50; sent++) expect(await connection.send((commands) => commands.ping())).toBeNull()
    const { timeout, skipped, lost: cut } = connection.statistics().commands
    expect({ timeout, skipped, cut }).toEqual({ timeout: 5, skipped: 45, cut: 0 })
    expect(lines).toEqual([CONNECTED, lost('TIMEOUT')])
    redis.unfreeze()
    await isIn('ready')
    expect(await connection.send((commands) => commands.ping())).toEqual({ reply: 'PONG' })
    connection.close()
  })

  it('gives up all commands in flight together with the connection', async () => {
    const { connection, isIn } = createConnection(redis.url, 5000)
    await isIn('ready')
    redis.freeze()
    const replies = Promise.all(Array.from({ length: 20 }, () => connection.send((commands) => commands.ping())))
    await redis.kill()
    expect(await replies).toEqual(Array(20).fill(null))
    expect(connection.statistics().commands).toMatchObject({ lost: 20, timeout: 0 })
    connection.close()
  })

  it('keeps the connection when Redis refuses commands, and logs the code without the command', async () => {
    const { connection, isIn, lines } = createConnection(redis.url)
    await isIn('ready')
    await redis.command('LPUSH', 'test:list', 'hunter2')
    for (let sent = 0; sent < 20; sent++) {
      expect(await connection.send((commands) => commands.get(connection.key('list')))).toBeNull()
    }
    expect(connection.statistics()).toMatchObject({ state: 'ready', commands: { refused: 20 } })
    expect(lines).toHaveLength(11)
    expect(lines[1]).toEqual({ level: 'warn', message: 'Redis refused a command', cause: 'WRONGTYPE' })
    connection.close()
  })

  it('connects as soon as Redis is there, when it was not at the start', async () => {
    await redis.stop()
    const { connection, isIn, lines } = createConnection(redis.url)
    await vi.waitFor(() => expect(lines).toEqual([lost('ECONNREFUSED')]))
    await redis.start()
    await isIn('ready')
    expect(lines).toEqual([lost('ECONNREFUSED'), CONNECTED])
    connection.close()
  })

  it('authenticates with the password of the URL, and reports a wrong one without showing it', async () => {
    await redis.command('CONFIG', 'SET', 'requirepass', 'hunter2')
    const right = createConnection(redis.url.replace('//', '//:hunter2@'))
    await right.isIn('ready')
    expect(await right.connection.check()).toBeNull()
    right.connection.close()
    const wrong = createConnection(redis.url.replace('//', '//:hunter3@'))
    await vi.waitFor(() => expect(wrong.lines).toEqual([lost('WRONGPASS')]))
    expect(await wrong.connection.check()).toBe('WRONGPASS')
    wrong.connection.close()
    const none = createConnection(redis.url)
    await vi.waitFor(() => expect(none.lines).toEqual([lost('NOAUTH')]))
    none.connection.close()
  })

  it('reports an answer that prevents the connection, also after Redis could not be reached, and only once', async () => {
    await redis.stop()
    const wrong = createConnection(redis.url.replace('//', '//user:hunter3@'))
    await vi.waitFor(() => expect(wrong.lines).toEqual([lost('ECONNREFUSED')]))
    await redis.start()
    const both = [lost('ECONNREFUSED'), lost('WRONGPASS')]
    await vi.waitFor(() => expect(wrong.lines).toEqual(both), { timeout: 10_000 })
    // Each attempt to connect gets the same answer.
    const rejections = async () => {
      const stats = await redis.command('INFO', 'errorstats')
      return Number(/errorstat_WRONGPASS:count=(\d+)/.exec(stats)?.[1] ?? 0)
    }
    const before = await rejections()
    await vi.waitFor(async () => expect(await rejections()).toBeGreaterThan(before + 1), {
      timeout: 20_000,
      interval: 100,
    })
    expect(wrong.lines).toEqual(both)
    wrong.connection.close()
  })

  it('stops connecting when it is closed', async () => {
    await redis.stop()
    const { connection, lines } = createConnection(redis.url)
    await vi.waitFor(() => expect(lines).toHaveLength(1))
    connection.close()
    await redis.start()
    // The connection of the command itself.
    expect((await redis.command('CLIENT', 'LIST')).match(/\bid=/g)).toHaveLength(1)
  })
})
