/** Variables that set the sizes of the randomised and the exhaustive tests. Without them the sizes are modest. */
interface RunVariables {
  readonly WALKS?: string | undefined
  readonly FAULTS?: string | undefined
  readonly FUZZ?: string | undefined
  readonly FUZZ_SEED?: string | undefined
  readonly DIFFERENTIAL?: string | undefined
  readonly DIFFERENTIAL_SEED?: string | undefined
  readonly SOAK_SECONDS?: string | undefined
  readonly PROMOTION?: string | undefined
  readonly KEPT_ANSWERS?: string | undefined
}

/** The sizes of the randomised and the exhaustive tests. */
export interface Runs {
  /**
   * Returns the number of random cases of one property: `WALKS` times the share, or the usual number without `WALKS`.
   *
   * @param share less than 1 for properties whose cases cost more, such as those over real HTTP
   */
  walks(usual: number, share?: number): number
  /** True with `WALKS`: examples of paging have their full sizes, too. */
  readonly isFull: boolean
  /** True when every document meets every fault of every operation: `FAULTS=all`. */
  readonly areFaultsComplete: boolean
  /** The number of fuzzed cases, shared by all fuzzing properties. */
  readonly fuzzCases: number
  /** The seed of the first fuzzed case. It is fixed without `FUZZ`, and another one in each run with it. */
  readonly fuzzSeed: number
  /**
   * Returns the number of executions that are compared with graphql-js: `DIFFERENTIAL` times the share, or the usual number
   * without `DIFFERENTIAL`.
   */
  differential(usual: number, share: number): number
  /** The seed of the first of these executions. It is fixed without `DIFFERENTIAL`, and another one in each run with it. */
  readonly differentialSeed: number
  /** The duration of the load, in seconds, and whether `SOAK_SECONDS` set it. */
  readonly soak: { readonly seconds: number; readonly isRequested: boolean }
  /** The number of operations of which nothing may stay in V8's old generation: `PROMOTION`. */
  readonly promotionOperations: number
  /**
   * The answers that are kept where a test does not say: those of closed periods, or all of them (`KEPT_ANSWERS=closed` or
   * `open`). Null when none are.
   */
  readonly keptAnswers: 'closed' | 'open' | null
}

/** Throws an error that names the variable when its value is not a whole number of at least the minimum. */
function readNumber(name: keyof RunVariables, text: string | undefined, minimum: number): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text) || Number(text) < minimum) {
    throw new Error(`${name} must be a whole number of at least ${minimum}, not ${JSON.stringify(text)}`)
  }
  return Number(text)
}

/** Reads the variables. Throws an error that names the one that is not valid. */
export function readRuns(variables: RunVariables): Runs {
  const { WALKS, FAULTS, FUZZ, FUZZ_SEED, DIFFERENTIAL, DIFFERENTIAL_SEED, SOAK_SECONDS, PROMOTION, KEPT_ANSWERS } =
    variables
  const walks = readNumber('WALKS', WALKS, 1)
  const fuzzCases = readNumber('FUZZ', FUZZ, 1)
  const differential = readNumber('DIFFERENTIAL', DIFFERENTIAL, 1)
  const soakSeconds = readNumber('SOAK_SECONDS', SOAK_SECONDS, 1)
  if (FAULTS !== undefined && FAULTS !== 'all') throw new Error(`FAULTS must be "all", not ${JSON.stringify(FAULTS)}`)
  if (KEPT_ANSWERS !== undefined && KEPT_ANSWERS !== 'closed' && KEPT_ANSWERS !== 'open') {
    throw new Error(`KEPT_ANSWERS must be "closed" or "open", not ${JSON.stringify(KEPT_ANSWERS)}`)
  }
  return {
    walks: (usual, share = 1) => (walks === undefined ? usual : Math.ceil(walks * share)),
    isFull: walks !== undefined,
    areFaultsComplete: FAULTS === 'all',
    fuzzCases: fuzzCases ?? 4000,
    fuzzSeed: readNumber('FUZZ_SEED', FUZZ_SEED, 0) ?? (fuzzCases === undefined ? 1 : Date.now() % 2 ** 31),
    differential: (usual, share) => (differential === undefined ? usual : Math.ceil(differential * share)),
    differentialSeed:
      readNumber('DIFFERENTIAL_SEED', DIFFERENTIAL_SEED, 0) ?? (differential === undefined ? 1 : Date.now() % 2 ** 31),
    soak: { seconds: soakSeconds ?? 5, isRequested: soakSeconds !== undefined },
    promotionOperations: readNumber('PROMOTION', PROMOTION, 1) ?? 5_000,
    keptAnswers: KEPT_ANSWERS ?? null,
  }
}

/** Read from the environment of this process. */
export const RUNS = readRuns(process.env)
