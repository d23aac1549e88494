import { InvalidArgumentError } from '../errors.ts'
import type { GatewayBuilder } from './builder.ts'

/** Whole UTC days, both included. */
export interface Period {
  readonly from: string
  readonly to: string
}

/** @throws {InvalidArgumentError} when the period ends before it begins */
export function assertPeriod({ from, to }: Period): Period {
  if (from > to) throw new InvalidArgumentError(`Period "from" must not be after "to"; got ${from} and ${to}.`)
  return { from, to }
}

/** Adds periods of whole days, as results and as arguments. */
export function definePeriod(builder: GatewayBuilder) {
  const Period = builder.objectRef<Period>('Period').implement({
    description: 'Whole UTC days, both ends included.',
    fields: (t) => ({
      from: t.field({ type: 'Date', description: 'The first day.', resolve: (period) => period.from }),
      to: t.field({ type: 'Date', description: 'The last day.', resolve: (period) => period.to }),
    }),
  })
  const PeriodInput = builder.inputType('PeriodInput', {
    description: 'Whole UTC days, both ends included.',
    fields: (t) => ({
      from: t.field({ type: 'Date', required: true, description: 'The first day.' }),
      to: t.field({ type: 'Date', required: true, description: 'The last day.' }),
    }),
  })
  return { Period, PeriodInput }
}
