import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SERVER_NAMES, type ServerName } from './servers.ts'
import { WORKLOADS } from './workloads/index.ts'
import type { Workload } from './workloads/workload.ts'

export const USAGE = `Usage: npm run bench -- [options]

  --only W1,W2         workloads; all by default: ${WORKLOADS.map(({ name }) => name).join(', ')}
  --servers a,b        servers of ${SERVER_NAMES.slice(0, -1).join(', ')}; all by default, and floor and gateway with --compare
  --compare <folder>   measures the gateway of another checkout in the same rounds, as the server "other"
  --seconds <n>        measured seconds for each workload and server (default 12)
  --rounds <n>         rounds into which these are divided, in which the servers take turns; half a second each by default
  --operations <n>     most operations of one server in one round
  --variants <n>       most variants of an operation
  --quick              measures for one second, for a first impression; all workloads take about a minute
  --profile W1         prints where the gateway spends its processor time under one workload, and measures nothing else
  --json <file>        writes all measurements to a file
  --markdown           prints the tables as Markdown
`

export interface BenchOptions {
  readonly workloads: readonly Workload[]
  /** True to profile the gateway under the workloads instead of measuring the servers. */
  readonly isProfile: boolean
  readonly servers: readonly ServerName[]
  /** Folder of another checkout; null without one. */
  readonly other: string | null
  readonly rounds: number
  /** Seconds of one round. */
  readonly roundSeconds: number
  readonly warmUpSeconds: number
  /** How often the time to warm up is granted when the machine is slow. */
  readonly maxWarmUps: number
  /** True to measure all workloads with the same server processes; else each workload starts new ones. */
  readonly sharesServers: boolean
  readonly maxOperations: number
  readonly maxVariants: number
  /** Path of a file; null for none. */
  readonly json: string | null
  readonly isMarkdown: boolean
}

/** An option that cannot be used; its message is for the user. */
export class UsageError extends Error {}

const OPTIONS = {
  only: { type: 'string' },
  servers: { type: 'string' },
  compare: { type: 'string' },
  seconds: { type: 'string' },
  rounds: { type: 'string' },
  operations: { type: 'string' },
  variants: { type: 'string' },
  quick: { type: 'boolean', default: false },
  profile: { type: 'string' },
  json: { type: 'string' },
  markdown: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** Returns the known values that a list names, in their own order; all of them without a list. */
function choose<Value>(list: string | undefined, known: readonly Value[], nameOf: (value: Value) => string): Value[] {
  if (list === undefined) return [...known]
  const names = list.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !known.some((value) => nameOf(value) === name))
  if (unknown.length > 0) throw new UsageError(`unknown: ${unknown.join(', ')}`)
  return known.filter((value) => names.includes(nameOf(value)))
}

function readNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!(value > 0)) throw new UsageError(`--${name}: expected a positive number`)
  return value
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/**
 * Reads the command line; null when it asks for help.
 * @throws {UsageError} for an option that cannot be used
 */
export function readOptions(args: readonly string[]): BenchOptions | null {
  const values = parse(args)
  if (values.help) return null
  const other = values.compare ?? null
  if (other !== null && !existsSync(join(other, 'src/main.ts'))) {
    throw new UsageError(`--compare: ${other} is not a checkout of this project`)
  }
  const own = SERVER_NAMES.filter((name) => name !== 'other')
  const servers = choose<ServerName>(values.servers ?? (other === null ? undefined : 'floor,gateway'), own, String)
  const seconds = readNumber('seconds', values.seconds, values.quick ? 1 : 12)
  const rounds = Math.ceil(readNumber('rounds', values.rounds, 2 * seconds))
  const isProfile = values.profile !== undefined
  return {
    workloads: choose(values.profile ?? values.only, WORKLOADS, ({ name }) => name),
    isProfile,
    servers: isProfile ? ['gateway'] : other === null ? servers : [...servers, 'other'],
    other,
    rounds,
    roundSeconds: seconds / rounds,
    warmUpSeconds: Math.min(2, seconds / 2),
    maxWarmUps: values.quick ? 1 : 4,
    sharesServers: values.quick,
    maxOperations: readNumber('operations', values.operations, Number.POSITIVE_INFINITY),
    maxVariants: Math.ceil(readNumber('variants', values.variants, values.quick ? 40 : Number.POSITIVE_INFINITY)),
    json: values.json ?? null,
    isMarkdown: values.markdown,
  }
}
