/** Made-up values that are the same on every start: everything follows from the seed and the order of the calls. */
export interface Random {
  /** At least `min` and at most `max`. */
  integer(min: number, max: number): number
  /** True with the probability `share`, which lies between 0 and 1. */
  chance(share: number): boolean
  pick<T>(list: readonly T[]): T
  /** `length` characters, each one of `alphabet`. */
  text(alphabet: string, length: number): string
  /** A UUID of version 4. */
  uuid(): string
}

/** Increment of the state for each value. */
const STEP = 0x6d2b79f5

/**
 * The generator is mulberry32: it walks through all of its 2³² states before one comes back.
 *
 * @param skipped the values to skip. All generators walk the same circle, so parts of one walk have no value in common.
 */
export function createRandom(seed: number, skipped = 0): Random {
  let state = (seed + Math.imul(skipped, STEP)) >>> 0

  function next(): number {
    state = (state + STEP) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  const integer = (min: number, max: number) => min + Math.floor((next() / 2 ** 32) * (max - min + 1))

  return {
    integer,
    chance: (share) => next() / 2 ** 32 < share,
    pick: (list) => list[integer(0, list.length - 1)]!,
    text: (alphabet, length) => Array.from({ length }, () => alphabet[integer(0, alphabet.length - 1)]).join(''),
    uuid() {
      const hex = Array.from({ length: 4 }, () => next().toString(16).padStart(8, '0')).join('')
      const variant = '89ab'[next() % 4]
      return [
        hex.slice(0, 8),
        hex.slice(8, 12),
        `4${hex.slice(13, 16)}`,
        variant + hex.slice(17, 20),
        hex.slice(20),
      ].join('-')
    },
  }
}
