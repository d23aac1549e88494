/**
 * Field extensions: what a field weighs beside its selection, in the unit of `@cost`. Reading from a provider weighs more
 * than showing what was read.
 */
export const cost = (weight: number) => ({ directives: { cost: { weight } } })

/** Field extensions: how long a list without page arguments may be. */
export const listSize = (assumedSize: number) => ({ directives: { listSize: { assumedSize } } })

/** What a field weighs that takes a read from a provider. */
export const READ_WEIGHT = 5
