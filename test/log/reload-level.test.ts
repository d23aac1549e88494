import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogLevel } from '../../src/log.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-level-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const MODULE = JSON.stringify(new URL('../../src/log.ts', import.meta.url).href)

/**
 * Runs a process whose log has a level, and which reloads it at SIGHUP. It sends itself that signal, and then writes a line of each
 * level.
 *
 * @returns the fields of the lines without their times
 */
function linesAfterHangup(level: LogLevel): object[] {
  const source = `
    import { createLog, reloadLevelOnHangup } from ${MODULE}
    const log = createLog('${level}')
    reloadLevelOnHangup(log)
    process.on('SIGHUP', () => {
      for (const level of ['debug', 'info', 'warn', 'error']) log[level]('a line')
      clearTimeout(waiting)
    })
    const waiting = setTimeout(() => {}, 10_000)
    process.kill(process.pid, 'SIGHUP')`
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, LOG_LEVEL: 'debug' },
  })
  return stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { time: _, ...fields } = JSON.parse(line)
      return fields
    })
}

const writeEnvironment = (text: string) => writeFileSync(join(folder, '.env'), text)
const linesOf = (...levels: string[]) => levels.map((level) => ({ level, message: 'a line' }))
const ALL = ['debug', 'info', 'warn', 'error']

describe('reloadLevelOnHangup()', () => {
  it.each<[LogLevel, LogLevel, string, readonly string[]]>([
    ['info', 'debug', 'warn', ALL],
    ['debug', 'info', 'warn', ALL.slice(1)],
    ['info', 'error', 'warn', ALL.slice(3)],
    ['error', 'info', 'warn', ALL.slice(1)],
    ['error', 'error', 'error', ALL.slice(3)],
    ['info', 'silent', 'warn', []],
    ['error', 'silent', 'error', []],
    ['silent', 'info', 'warn', ALL.slice(1)],
  ])('changes the level from %s to %s, and logs that with level %s', (before, after, level, written) => {
    writeEnvironment(`PORT=1\nLOG_LEVEL= "${after}" \n`)
    expect(linesAfterHangup(before)).toEqual([
      { level, message: 'log level set', newLevel: after },
      ...linesOf(...written),
    ])
  })

  it.each([
    ['.env is missing', null],
    ['.env holds no level', 'PORT=1\n'],
    ['.env holds an empty level', 'LOG_LEVEL=\n'],
  ])('returns to the level of the start when %s', (_, text) => {
    if (text !== null) writeEnvironment(text)
    expect(linesAfterHangup('info')).toEqual([
      { level: 'warn', message: 'log level set', newLevel: 'info' },
      ...linesOf('info', 'warn', 'error'),
    ])
  })

  it.each<[LogLevel, string]>([
    ['info', 'warn'],
    ['error', 'error'],
  ])('changes nothing when the level is invalid, and names those that are allowed, at %s', (before, level) => {
    writeEnvironment('LOG_LEVEL=hunter2\n')
    const lines = linesAfterHangup(before)
    const allowed = ['debug', 'info', 'warn', 'error', 'silent']
    expect(lines).toEqual([
      { level, message: 'log level not changed: LOG_LEVEL is invalid', allowed },
      ...linesOf(...ALL.slice(ALL.indexOf(before))),
    ])
  })

  it('changes nothing when .env cannot be read', () => {
    mkdirSync(join(folder, '.env'))
    expect(linesAfterHangup('warn')).toEqual([
      { level: 'warn', message: 'log level not changed: .env cannot be read', code: 'EISDIR' },
      ...linesOf('warn', 'error'),
    ])
  })
})
