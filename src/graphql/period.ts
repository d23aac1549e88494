import { InvalidArgumentError } from '../errors.ts'
import { parseDay } from '../values/instant.ts'
import type { GatewayBuilder } from './builder.ts'

/** Maximum number of characters of an invalid argument that its error repeats. */
const MAX_SHOWN = 20

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

/**
 * Returns the days of a calendar month.
 *
 * @param month `YYYY-MM`
 * @throws {InvalidArgumentError} when the text is not a month
 */
export function periodOfMonth(month: string): Period {
  const from = /^\d{4}-\d{2}$/.test(month) ? parseDay(`${month}-01`) : null
  if (from === null) {
    throw new InvalidArgumentError(
      `Argument "month" must be a calendar month, such as "2026-09"; got "${month.slice(0, MAX_SHOWN)}".`,
    )
  }
  const [year, number] = month.split('-').map(Number)
  const last = new Date(0)
  // Day 0 of the next month. `Date.UTC` would take the years 0 to 99 for those of the 20th century.
  last.setUTCFullYear(year!, number!, 0)
  return { from, to: `${month}-${last.getUTCDate()}` }
}

/**
 * Returns the period of a field that takes whole days or a calendar month.
 *
 * @throws {InvalidArgumentError} unless exactly one is given and valid
 */
export function choosePeriod(period: Period | null | undefined, month: string | null | undefined): Period {
  if (month != null && period == null) return periodOfMonth(month)
  if (month != null || period == null) {
    throw new InvalidArgumentError('Give exactly one of the arguments "period" and "month".')
  }
  assertPeriod('Period', period)
  return period
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
