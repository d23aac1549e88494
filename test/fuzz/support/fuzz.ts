import { setImmediate as turn } from 'node:timers/promises'
import { createRandom, type Random } from '../../../src/sandbox/random.ts'
import { RUNS } from '../../support/runs.ts'

/** The number of failures that a property reports before it ends. */
const MAX_REPORTED = 5
/** The time after which an answer counts as missing. */
const HANG_MS = 30_000

/** Time limit of a test over many cases, in milliseconds. */
export const FUZZ_TIMEOUT_MS = 120_000 + RUNS.fuzzCases * 100

/** Unhandled rejections and exceptions. */
const strays: unknown[] = []
process.on('unhandledRejection', (error) => strays.push(error))
process.on('uncaughtExceptionMonitor', (error) => strays.push(error))

/** Records the input of a case, for the report of its failure. */
export type ReportInput = (input: string) => void

/** Throws the message when the condition is false. */
export function check(holds: boolean, message: () => string): asserts holds {
  if (!holds) throw new Error(message())
}

const short = (text: string) => (text.length > 6000 ? `${text.slice(0, 6000)}… (${text.length} characters)` : text)

/** One case of a property. */
type RunCase = (random: Random, report: ReportInput) => Promise<void>

/**
 * Runs a property's cases one after another, each by its own seed, so that one that fails can be run again alone:
 * `FUZZ=1 FUZZ_SEED=<its seed>`.
 *
 * @param share of all cases
 */
export const fuzz = (share: number, run: RunCase) => fuzzCases(Math.max(1, Math.round(RUNS.fuzzCases * share)), run)

/** As {@link fuzz}, with a number of cases. */
export async function fuzzCases(count: number, run: RunCase): Promise<void> {
  const failures: string[] = []
  for (let index = 0; index < count && failures.length < MAX_REPORTED; index++) {
    const seed = RUNS.fuzzSeed + index
    let input = ''
    try {
      await inTime(
        run(createRandom(seed), (text) => {
          input = text
        }),
      )
      await turn()
      check(strays.length === 0, () => `an unhandled failure: ${strays.splice(0).map(traceOf).join('\n')}`)
    } catch (error) {
      failures.push(`FUZZ=1 FUZZ_SEED=${seed}\n${short(input)}\n${traceOf(error)}`)
    }
  }
  if (failures.length > 0) throw new Error(failures.join('\n\n'))
}

const traceOf = (error: unknown) => short(error instanceof Error ? (error.stack ?? error.message) : String(error))

/** Returns the value of a promise. Throws when it takes so long that it may never settle. */
async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${HANG_MS} ms`)), HANG_MS)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
