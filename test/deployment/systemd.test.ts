import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findUnknownVariables, readConfig, variables } from '../../src/config.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const UNIT = 'transactions-gateway.service'
const PREFIX = '/opt/transactions-gateway'
const text = readFileSync(join(root, 'docs/deployment', UNIT), 'utf8')

/** The values of each setting, by section and name. A value that is empty resets the setting. */
function parseUnit(unit: string): ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> {
  const sections = new Map<string, Map<string, string[]>>()
  let section = new Map<string, string[]>()
  for (const line of unit.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, heading] = /^\[(\w+)\]$/.exec(line) ?? []
    if (heading !== undefined) {
      section = new Map()
      sections.set(heading, section)
      continue
    }
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw new Error(`This line is no setting: ${line}`)
    section.set(name, [...(section.get(name) ?? []), value])
  }
  return sections
}

const sections = parseUnit(text)
const service = sections.get('Service')!
const only = (name: string) => {
  const values = service.get(name) ?? []
  expect(values, name).toHaveLength(1)
  return values[0]!
}

describe('the unit for systemd', () => {
  it('has the three sections of a service', () => {
    expect([...sections.keys()]).toEqual(['Unit', 'Service', 'Install'])
  })

  it('starts the Node of the project, with files that exist after "npm ci"', () => {
    const [node = '', main = ''] = only('ExecStart').split(' ')
    expect(node).toBe(`${PREFIX}/node_modules/.bin/node`)
    expect(existsSync(main.replace(PREFIX, root))).toBe(true)
    expect(existsSync(node.replace(PREFIX, root))).toBe(true)
    expect(existsSync(sections.get('Unit')!.get('Documentation')![0]!.replace(`file://${PREFIX}`, root))).toBe(true)
  })

  it('sends the signals that the process handles', () => {
    expect(only('ExecReload')).toBe('/bin/kill -HUP $MAINPID')
    // SIGTERM is the default.
    expect(service.has('KillSignal')).toBe(false)
    expect(only('KillMode')).toBe('mixed')
  })

  it('sets only variables that exist, and no credential', () => {
    const names = service.get('Environment')!.map((assignment) => assignment.split('=')[0]!)
    expect(names.filter((name) => !(name in variables.shape))).toEqual(['NODE_ENV', 'NODE_COMPILE_CACHE'])
    expect(only('EnvironmentFile')).toMatch(/^-\/etc\//)
  })

  it('adds no variable for its folders that stops the start', () => {
    const folders = [...service.keys()].flatMap(
      (name) => /^(Cache|Configuration|Logs|Runtime|State)Directory$/.exec(name)?.[1] ?? [],
    )
    expect(folders).toContain('Cache')
    const added = folders.map((folder) => [`${folder.toUpperCase()}_DIRECTORY`, `/var/${UNIT}`])
    expect(findUnknownVariables(Object.fromEntries(added), Object.keys(variables.shape))).toEqual([])
  })

  it('lets the process drain with its default settings', () => {
    const { SHUTDOWN_DELAY_S, SHUTDOWN_TIMEOUT_S } = variables.shape
    const longest = SHUTDOWN_DELAY_S.parse(undefined) + SHUTDOWN_TIMEOUT_S.parse(undefined)
    expect(Number(only('TimeoutStopSec'))).toBeGreaterThan(2 * longest)
  })

  it('allows twice as many open files as clients may have connections by default', () => {
    expect(Number(only('LimitNOFILE'))).toBeGreaterThan(2 * readConfig({}).connections.maxConnections)
  })

  it('gives up a process that does not stay up', () => {
    const pauses = Number(only('RestartSec')) * Number(sections.get('Unit')!.get('StartLimitBurst'))
    expect(only('Restart')).toBe('on-failure')
    expect(Number(sections.get('Unit')!.get('StartLimitIntervalSec'))).toBeGreaterThan(2 * pauses)
  })

  it('runs as a user of its own who can change nothing but the compiled modules', () => {
    const settings = Object.fromEntries(service)
    expect(settings).toMatchObject({
      DynamicUser: ['yes'],
      ProtectSystem: ['strict'],
      ProtectHome: ['yes'],
      NoNewPrivileges: ['yes'],
      CapabilityBoundingSet: [''],
      CacheDirectory: ['transactions-gateway'],
    })
    // V8 could not run with it.
    expect(service.has('MemoryDenyWriteExecute')).toBe(false)
    expect(service.get('Environment')).toContain(`NODE_COMPILE_CACHE=/var/cache/${only('CacheDirectory')}`)
  })
})

/** The reason why the checks of systemd itself are skipped; null when they run. In CI they fail without it. */
const whyNoSystemd =
  existsSync('/usr/bin/systemd-analyze') || process.env.CI ? null : 'there is no /usr/bin/systemd-analyze'

describe.skipIf(whyNoSystemd !== null)(`systemd-analyze${whyNoSystemd === null ? '' : `: ${whyNoSystemd}`}`, () => {
  let folder: string
  let unit: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-unit-'))
    unit = join(folder, UNIT)
    // It looks for the programs.
    writeFileSync(unit, text.replaceAll(`${PREFIX}/`, root))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const analyze = (...words: string[]) => spawnSync('systemd-analyze', words, { encoding: 'utf8' })

  it('finds nothing wrong with the unit', () => {
    const { status, stdout, stderr } = analyze('verify', '--man=no', unit)
    expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: '' })
  })

  it('rates its exposure as low: at most 2 of 10', () => {
    const { status, stdout } = analyze('security', '--offline=true', '--threshold=20', unit)
    expect({ status, stdout }).toMatchObject({ status: 0 })
  })
})
