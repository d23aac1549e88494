import type { Random } from '../../../src/sandbox/random.ts'
import { ROOT_LISTS } from '../../support/root-lists.ts'

/** Sizes around the limits of values, and far beyond them. */
const DIGITS = [99, 100, 101, 1000, 50_000, 200_000] as const
const WIDTHS = [100, 101, 1000, 1001, 5000, 9_990, 20_000] as const
const DEPTHS = [10, 100, 500] as const
const LENGTHS = [200, 201, 1000, 20_000, 200_000, 300_000] as const

/** The classes of large values; each gets the same share of cases. */
const CLASSES: readonly ((random: Random, small: () => unknown) => unknown)[] = [
  longDecimal,
  wideList,
  wideObject,
  deepValue,
  longId,
]

function longDecimal(random: Random): string {
  const digits = random.pick(['9', '0', '1234567890']).repeat(random.pick(DIGITS))
  return random.pick([
    digits,
    `-${digits}`,
    `0.${digits}`,
    `${digits}.${digits}`,
    `${digits}e${digits.length}`,
    `1e${random.pick(DIGITS)}`,
  ])
}

/** Many of what a list may hold, all the same or each its own, or of what it may not. */
function wideList(random: Random, small: () => unknown): unknown[] {
  const length = random.pick(WIDTHS)
  const same = small()
  return random.pick([
    () => Array.from({ length }, () => same),
    () => Array.from({ length }, small),
    () => Array.from({ length }, (_, index) => `id-${index}`),
    () => Array.from({ length }, () => 0),
    () => Array.from({ length }, () => ({})),
  ])()
}

function wideObject(random: Random): object {
  return Object.fromEntries(Array.from({ length: random.pick(WIDTHS) }, (_, index) => [`key${index}`, index]))
}

function deepValue(random: Random): unknown {
  const isList = random.chance(0.5)
  let value: unknown = random.pick([null, 'x', {}])
  for (let depth = random.pick(DEPTHS); depth > 0; depth--) value = isList ? [value] : { filter: value }
  return value
}

/** A text that is long, or the global id of something whose own id is. */
function longId(random: Random): string {
  const id = random.pick(['x', '%00', '/', ':', '\u{1f600}', 'a/2026-01-01/']).repeat(random.pick(LENGTHS) / 4)
  const typename = random.pick([...ROOT_LISTS.map((list) => list.typename), ''])
  return typename === '' ? id : Buffer.from(`${typename}:${id}`).toString('base64url')
}

/**
 * A value that is far larger than anybody needs.
 *
 * @param small makes one of the usual size
 */
export const largeValue = (random: Random, small: () => unknown): unknown => random.pick(CLASSES)(random, small)
