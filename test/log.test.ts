import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { readConfig } from '../src/config.ts'
import { InvalidArgumentError } from '../src/errors.ts'
import { createGateway, PROVIDERS } from '../src/gateway.ts'
import { LOG_FIELDS, SECRET_NAMES } from '../src/log/fields.ts'
import { LineCollector } from '../src/log/line-collector.ts'
import { createLog, type LeveledLog, type LogFields, type LogLevel } from '../src/log.ts'
import type { Provider } from '../src/providers/provider.ts'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** Creates a log with a level. Returns it with the lines that it wrote. */
function keptLog(level: LogLevel): { log: LeveledLog; lines: string[] } {
  const lines: string[] = []
  return { log: createLog(level, (line) => lines.push(line)), lines }
}

describe('createLog()', () => {
  it.each([
    ['debug', LEVELS],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ] as const)('with level %s writes %j', (level, written) => {
    const { log, lines } = keptLog(level)
    for (const name of LEVELS) log[name]('something')
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(written)
  })

  it('writes one line of JSON each, with the time, the level, the message and the fields', () => {
    const { log, lines } = keptLog('info')
    log.warn('first\nsecond', { provider: 'X', attempt: 2 })
    log.info('third')
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true)
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { time: expect.any(String), level: 'warn', message: 'first\nsecond', provider: 'X', attempt: 2 },
      { time: expect.any(String), level: 'info', message: 'third' },
    ])
    expect(JSON.parse(lines[0]!).time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  it('follows a change of the level, also with methods that were taken before', () => {
    const { log, lines } = keptLog('warn')
    const { info } = log
    expect([log.isEnabled('info'), log.isEnabled('warn')]).toEqual([false, true])
    info('first')
    log.level = 'info'
    info('second')
    expect([log.level, log.isEnabled('info'), log.isEnabled('debug')]).toEqual(['info', true, false])
    log.level = 'silent'
    log.error('third')
    expect([log.isEnabled('error'), lines.length, JSON.parse(lines[0]!).message]).toEqual([false, 1, 'second'])
  })

  it('has the time of each line', async () => {
    const { log, lines } = keptLog('info')
    const from = Date.now()
    for (let count = 0; count < 3; count++) {
      log.info('a line')
      await setTimeout(2)
    }
    const times = lines.map((line) => Date.parse(JSON.parse(line).time))
    expect(new Set(times).size).toBe(3)
    expect(Math.min(...times)).toBeGreaterThanOrEqual(from)
    expect(Math.max(...times)).toBeLessThanOrEqual(Date.now())
  })

  it.each(SECRET_NAMES)('writes no value of a field %s, should one get into a line', (name) => {
    const { log, lines } = keptLog('info')
    log.info('a line', { [name]: 'hunter2', status: 401 } as LogFields)
    expect(JSON.parse(lines[0]!)).toMatchObject({ [name]: '[Redacted]', status: 401 })
    expect(lines.join()).not.toContain('hunter2')
  })

  it('has no field that is a secret', () => {
    expect(LOG_FIELDS.filter((name) => (SECRET_NAMES as readonly string[]).includes(name))).toEqual([])
  })

  it('writes info and above when LOG_LEVEL is unset', () => {
    expect(readConfig({}).logLevel).toBe('info')
  })
})

describe('LineCollector', () => {
  const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

  it('writes the lines of one turn of the event loop together, in their order', async () => {
    const writes: string[] = []
    const lines = new LineCollector((text) => writes.push(text))
    lines.add('first\n')
    await null
    lines.add('second\n')
    expect(writes).toEqual([])
    await nextTurn()
    lines.add('third\n')
    await nextTurn()
    expect(writes).toEqual(['first\nsecond\n', 'third\n'])
  })

  it('writes without waiting once it holds 16 KiB', async () => {
    const writes: string[] = []
    const lines = new LineCollector((text) => writes.push(text))
    const long = `${'x'.repeat(16 * 1024)}\n`
    lines.add(long)
    lines.add('next\n')
    expect(writes).toEqual([long])
    await nextTurn()
    expect(writes).toEqual([long, 'next\n'])
  })
})

describe('the log on standard error', () => {
  /** Runs a script in its own process, which has a `log`. Returns what it writes to standard error. */
  function errorsOf(script: string): string[] {
    const log = `import { createLog } from ${JSON.stringify(new URL('../src/log.ts', import.meta.url).href)}`
    const source = `${log}\nconst log = createLog('info')\n${script}`
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', source], { encoding: 'utf8' })
    return stderr.split('\n').filter((line) => line !== '')
  }
  const messagesOf = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).message)

  it.each([
    ['ends', ''],
    ['exits', 'process.exit(0)'],
    [
      'stops at SIGTERM',
      "process.once('SIGTERM', () => process.exit(0)).kill(process.pid, 'SIGTERM')\nsetInterval(() => {}, 9)",
    ],
  ])('holds every line in order when the process %s', (_, end) => {
    const script = `log.info('first')\nlog.error('second')\nlog.info('third')\n${end}`
    expect(messagesOf(errorsOf(script))).toEqual(['first', 'second', 'third'])
  })

  it('holds every line before the message of an uncaught error', () => {
    const lines = errorsOf(`log.info('first')\nthrow new Error('uncaught')`)
    expect(messagesOf(lines.slice(0, 1))).toEqual(['first'])
    expect(lines.join('\n')).toContain('Error: uncaught')
  })

  it('holds warnings and errors, and the lines before them, even when the process is killed at once', () => {
    const script = `log.info('first')\nlog.warn('second')\nprocess.kill(process.pid, 'SIGKILL')`
    expect(messagesOf(errorsOf(script))).toEqual(['first', 'second'])
  })
})

describe('a log that nobody reads any more', () => {
  it('does not end the process', async () => {
    const script = `
      import { createLog } from ${JSON.stringify(new URL('../src/log.ts', import.meta.url).href)}
      const log = createLog('info')
      process.stdin.once('data', () => {
        for (let count = 0; count < 20; count++) setTimeout(() => log.warn('a line'), count)
        setTimeout(() => process.exit(7), 100)
      })
      log.warn('a line')`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    const ended = once(child, 'close')
    await once(child.stderr, 'data')
    child.stderr.destroy()
    child.stdin.write('go on')
    expect(await ended).toEqual([7, null])
  })
})

describe("the gateway's log", () => {
  const SECRET = 'hunter2'
  let close: () => Promise<void> = async () => {}
  afterEach(() => close())

  /** The first provider of the registry, whose next action is set by the test. */
  function failingWith(error: unknown): Provider {
    const openSession = () => {
      throw error
    }
    return {
      ...PROVIDERS[0]!,
      connect: () => ({ openSession, secretMaterial: 'a test', check: async () => {}, close: async () => {} }),
    }
  }

  async function ask(provider: Provider, query = '{ transactions { totalCount } }') {
    const { log, lines } = keptLog('debug')
    const gateway = createGateway({ environment: {}, providers: [provider], log })
    close = () => gateway.close()
    const response = await gateway.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    // The audit line of the operation is not checked here.
    const body = await response.text()
    return { body, lines: lines.filter((line) => JSON.parse(line).message !== 'operation') }
  }

  it.each([
    ['Error', new Error(`cannot read ${SECRET}`)],
    ['TypeError', new TypeError(SECRET)],
  ])('logs the kind and the source of an unexpected %s, not its message', async (name, error) => {
    const { body, lines } = await ask(failingWith(error))
    expect(JSON.parse(body).errors).toEqual([
      expect.objectContaining({
        message: 'Something went wrong in the gateway.',
        extensions: { code: 'INTERNAL_SERVER_ERROR', id: expect.stringMatching(/^[\da-f-]{36}$/) },
      }),
    ])
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        time: expect.any(String),
        level: 'error',
        message: 'unexpected error',
        id: JSON.parse(body).errors[0].extensions.id,
        requestId: expect.stringMatching(/^[\da-f-]{36}$/),
        name,
        at: expect.stringMatching(/^at /),
      },
    ])
    expect(body + lines.join('')).not.toContain(SECRET)
  })

  it.each([
    ['a fault of the caller', new InvalidArgumentError('expected something else')],
    ['a caller who has gone', Object.assign(new Error('gone'), { name: 'AbortError' })],
  ])('logs nothing for %s', async (_, error) => {
    expect((await ask(failingWith(error))).lines).toEqual([])
  })

  it.each(['{', '{ nothing }', '{ node(id: 0.5) { id } }'])('logs nothing for the request %s', async (query) => {
    expect((await ask(PROVIDERS[0]!, query)).lines).toEqual([])
  })
})
