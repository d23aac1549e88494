import { InvalidArgumentError } from '../errors.ts'
import type { GatewayBuilder } from './builder.ts'

/** Whole UTC days, both inclusive. */
export interface Period {
  readonly from: string
  readonly to: string
}

/** A period of which either end may be open. */
type OpenPeriod = { readonly [End in keyof Period]?: string | null | undefined }

/**
 * @param name the argument, as the message begins
 * @param keyOf maps an end to a value that can be compared; days compare as they are
 * @throws {InvalidArgumentError} when both ends are given and the period ends before it begins
 */
export function assertPeriod(
  name: 'Filter' | 'Period',
  { from, to }: OpenPeriod,
  keyOf: (end: string) => string | bigint = (day) => day,
): void {
  if (!from || !to || keyOf(from) <= keyOf(to)) return
  throw new InvalidArgumentError(`${name} "from" must not be after "to"; got ${from} and ${to}.`)
}

const DESCRIPTION = 'Period of whole UTC days, both inclusive.'
const FIRST_DAY = 'First day.'
const LAST_DAY = 'Last day, inclusive.'

/** Adds periods of whole days, as results and as arguments. */
export function definePeriod(builder: GatewayBuilder) {
  const Period = builder.objectRef<Period>('Period').implement({
    description: DESCRIPTION,
    fields: (t) => ({
      from: t.field({ type: 'Date', description: FIRST_DAY, resolve: (period) => period.from }),
      to: t.field({ type: 'Date', description: LAST_DAY, resolve: (period) => period.to }),
    }),
  })
  const PeriodInput = builder.inputType('PeriodInput', {
    description: DESCRIPTION,
    fields: (t) => ({
      from: t.field({ type: 'Date', required: true, description: FIRST_DAY }),
      to: t.field({ type: 'Date', required: true, description: LAST_DAY }),
    }),
  })
  return { Period, PeriodInput }
}
