/** An answer that is known before it is requested. */
export interface Plan {
  /**
   * Targets on the upstream that a gateway needs at least. Those of one stage are requested together, and the next stage
   * after the answers of the one before.
   */
  readonly stages: readonly (readonly string[])[]
  /** Expected `data`; see `firstDifference`. */
  readonly expected: unknown
  /** Rows of the providers in the answer. */
  readonly rows: number
}

/** Sends an operation to the server under test and returns its data. */
export type Ask = (document: string, variables: object) => Promise<unknown>

/** An operation with many variants, which differ in the rows that they read and in nothing else. */
export interface Workload {
  readonly name: string
  readonly title: string
  readonly document: string
  /** Clients that send requests at the same time. Fewer than variants, so that no two requests in flight are equal. */
  readonly clients: number
  /** Time that the upstream waits before each answer. */
  readonly latencyMs: number
  readonly variants: number
  /** Returns the requests and the answer of one variant. */
  plan(variant: number): Plan
  /** Returns the variables of the first variants, with cursors and ids from the server under test. */
  prepare(ask: Ask, variants: number): Promise<readonly object[]>
}

/** Requests that a preparation sends at the same time. */
const CONCURRENT_PREPARATIONS = 8

/** Returns one result for each variant, a few at a time. */
export async function forVariants<Result>(
  variants: number,
  prepare: (variant: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  const work = async () => {
    while (next < variants) {
      const variant = next++
      results[variant] = await prepare(variant)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT_PREPARATIONS }, work))
  return results
}
