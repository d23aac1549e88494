import { globSync, readFileSync } from 'node:fs'
import { dirname, normalize, sep } from 'node:path'
import { expect, it } from 'vitest'

/** The rooms that each room may import, beside itself. A room is a folder of `src`, a provider's folder, or a file of its own. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  values: [],
  errors: [],
  'errors.ts': ['errors'],
  'compile-cache.ts': [],
  'event-loop.ts': [],
  log: [],
  'log.ts': ['log'],
  operation: ['errors.ts'],
  'operation.ts': ['operation', 'errors.ts'],
  cache: ['values', 'errors.ts', 'log.ts', 'operation.ts'],
  upstream: ['values', 'errors.ts', 'event-loop.ts', 'log.ts', 'operation.ts'],
  config: ['log.ts', 'upstream'],
  'config.ts': ['config', 'errors.ts'],
  ledger: ['values', 'errors.ts', 'event-loop.ts', 'operation.ts'],
  connection: ['ledger', 'values', 'errors.ts', 'event-loop.ts'],
  tracing: ['upstream', 'errors.ts', 'log.ts', 'operation.ts'],
  graphql: ['execution', 'connection', 'ledger', 'values', 'errors.ts', 'operation.ts'],
  sandbox: ['values'],
  redis: ['cache', 'upstream', 'values', 'config.ts', 'log.ts'],
  execution: [],
  metrics: ['upstream', 'values'],
  server: [
    'graphql',
    'execution',
    'connection',
    'upstream',
    'values',
    'config.ts',
    'errors.ts',
    'log.ts',
    'operation.ts',
  ],
  'a provider': [
    'providers',
    'cache',
    'graphql',
    'connection',
    'ledger',
    'upstream',
    'values',
    'sandbox',
    'config.ts',
    'errors.ts',
    'log.ts',
    'operation.ts',
  ],
  providers: [
    'a provider',
    'cache',
    'graphql',
    'connection',
    'ledger',
    'upstream',
    'sandbox',
    'config.ts',
    'errors.ts',
    'log.ts',
    'operation.ts',
  ],
  'schema.ts': ['providers', 'graphql', 'connection', 'ledger', 'values', 'errors.ts'],
}

/** Entry points, and what assembles the gateway, may import everything. */
const ASSEMBLIES = ['main.ts', 'start.ts', 'gateway.ts', 'gateway', 'process', 'cli']

const IMPORT = /^(?:import|export)\b[^'"]*?\bfrom '(\.[^']+)'|^import '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm

function roomOf(file: string): { readonly kind: string; readonly name: string } {
  const [first = '', second, third] = file.split(sep).slice(1)
  if (first === 'providers' && third !== undefined) return { kind: 'a provider', name: `providers/${second}` }
  return { kind: first, name: first }
}

/** Every import of one room from another that is not allowed, as `file imports file`. */
function forbiddenImports(): string[] {
  return globSync('src/**/*.ts').flatMap((file) => {
    const room = roomOf(file)
    if (ASSEMBLIES.includes(room.kind)) return []
    const imports = [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, a, b, c]) =>
      normalize(`${dirname(file)}/${a ?? b ?? c}`),
    )
    return imports.flatMap((target) => {
      const other = roomOf(target)
      const isAllowed =
        other.name === room.name || (other.kind !== room.kind && MAY_IMPORT[room.kind]?.includes(other.kind))
      return isAllowed ? [] : [`${file} imports ${target}`]
    })
  })
}

it('imports run one way between the rooms, and a provider never imports another', () => {
  expect(forbiddenImports()).toEqual([])
})

it('every room of src says what it may import', () => {
  const rooms = new Set(globSync('src/**/*.ts').map((file) => roomOf(file).kind))
  expect([...rooms].sort()).toEqual([...Object.keys(MAY_IMPORT), ...ASSEMBLIES].sort())
})
