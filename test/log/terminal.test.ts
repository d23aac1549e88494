import { spawnSync } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'

const MODULE = JSON.stringify(new URL('../../src/log.ts', import.meta.url).href)
const LINES = `
  log.info('operation', { requestId: 'r1', upstream: { VOBIZ: { requests: 1, rows: 20 } } })
  log.warn('request refused', { status: 401 })
  log.info('last')`

/** Runs a script with a log whose standard error is a terminal, or is not. Returns what it writes there. */
function written(isTerminal: boolean, script: string): string {
  const source = `
    if (${isTerminal}) Object.assign(process.stderr, { isTTY: true, hasColors: () => true })
    const { createLog } = await import(${MODULE})
    const log = createLog('info')
    ${script}`
  return spawnSync(process.execPath, ['--input-type=module', '--eval', source], { encoding: 'utf8' }).stderr
}

describe('the log on a terminal', () => {
  it('has a readable line for each line of JSON, with time, level, message and fields', () => {
    const text = written(true, LINES)
    const lines = stripVTControlCharacters(text).trim().split('\n')
    expect(text).not.toBe(stripVTControlCharacters(text))
    const clock = String.raw`^\[\d\d:\d\d:\d\d\.\d{3}\] `
    expect(lines).toEqual([
      expect.stringMatching(
        `${clock}INFO: operation \\{"requestId":"r1","upstream":\\{"VOBIZ":\\{"requests":1,"rows":20\\}\\}\\}$`,
      ),
      expect.stringMatching(`${clock}WARN: request refused \\{"status":401\\}$`),
      expect.stringMatching(`${clock}INFO: last$`),
    ])
  })

  it.each([
    ['exits', 'process.exit(0)', 3],
    ['fails', "throw new Error('uncaught')", 3],
    ['is killed after a warning', "process.kill(process.pid, 'SIGKILL')", 2],
  ])('loses no line when the process %s', (_, end, count) => {
    const lines = stripVTControlCharacters(written(true, `${LINES}\n${end}`)).split('\n')
    expect(lines.filter((line) => /^\[[\d:.]+\] /.test(line))).toHaveLength(count)
  })

  it('loads the code for that only there', () => {
    const script = `
      const { createRequire } = await import('node:module')
      log.info(String(Object.keys(createRequire('${import.meta.url}').cache).some((path) => path.includes('pino-pretty'))))`
    expect(stripVTControlCharacters(written(true, script))).toContain('INFO: true')
    expect(JSON.parse(written(false, script)).message).toBe('false')
  })
})
