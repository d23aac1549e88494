/**
 * Returns the field extensions for `@cost`: the weight of a field without its selection. A field that reads from a provider
 * weighs more than one that shows a value.
 */
export const cost = (weight: number) => ({ directives: { cost: { weight } } })

/** Returns the field extensions for `@listSize`: the maximum length of a list without page arguments. */
export const listSize = (assumedSize: number) => ({ directives: { listSize: { assumedSize } } })

/** Weight of a field that takes one read from a provider. */
export const READ_WEIGHT = 5

/** Weight of the totals over a list. */
export const SUMMARY_WEIGHT = 10
