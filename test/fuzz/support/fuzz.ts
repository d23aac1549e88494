import { setImmediate as turn } from 'node:timers/promises'
import { createRandom, type Random } from '../../../src/sandbox/random.ts'
import { RUNS } from '../../support/runs.ts'

/** How many failures a property tells of before it ends. */
const MAX_TOLD = 5
/** By when an answer counts as one that never comes. */
const HANG_MS = 30_000

/** What a test over many cases may take, in milliseconds. */
export const FUZZ_TIMEOUT_MS = 120_000 + RUNS.fuzzCases * 100

/** What went wrong outside of whatever waited for it. */
const strays: unknown[] = []
process.on('unhandledRejection', (error) => strays.push(error))
process.on('uncaughtExceptionMonitor', (error) => strays.push(error))

/** What is told of a case that fails: its input. */
export type Tell = (input: string) => void

/** Fails where something is not as it has to be. */
export function check(holds: boolean, message: () => string): asserts holds {
  if (!holds) throw new Error(message())
}

const short = (text: string) => (text.length > 6000 ? `${text.slice(0, 6000)}… (${text.length} characters)` : text)

/**
 * Runs a property's cases one after another, each by its own seed, so that one that fails can be run again alone:
 * `FUZZ=1 FUZZ_SEED=<its seed>`.
 *
 * @param share of all cases
 */
export async function fuzz(share: number, run: (random: Random, tell: Tell) => Promise<void>): Promise<void> {
  const told: string[] = []
  const count = Math.max(1, Math.round(RUNS.fuzzCases * share))
  for (let index = 0; index < count && told.length < MAX_TOLD; index++) {
    const seed = RUNS.fuzzSeed + index
    let input = ''
    try {
      await inTime(
        run(createRandom(seed), (text) => {
          input = text
        }),
      )
      await turn()
      check(strays.length === 0, () => `nobody waited for this failure: ${strays.splice(0).map(traceOf).join('\n')}`)
    } catch (error) {
      told.push(`FUZZ=1 FUZZ_SEED=${seed}\n${short(input)}\n${traceOf(error)}`)
    }
  }
  if (told.length > 0) throw new Error(told.join('\n\n'))
}

const traceOf = (error: unknown) => short(error instanceof Error ? (error.stack ?? error.message) : String(error))

/** What a promise brings; fails when it takes so long that it may never come. */
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
