import { z } from 'zod'
import { optionalWholeNumber } from './formats.ts'

/** The variables of metrics. */
export const metricsVariables = {
  METRICS: z
    .enum(['on', 'off'], { error: 'expected on or off' })
    .default('on')
    .describe('`off` counts nothing and serves no metrics.'),
  METRICS_PORT: optionalWholeNumber(0, 65_535).describe(
    'Port that serves `/metrics`, `/health` and `/ready` without authentication, for scrapers; 0 takes any free port. Without it `/metrics` is a page of `PORT`, for authenticated callers.',
  ),
  METRICS_HOST: z.string().default('127.0.0.1').describe('Address on which `METRICS_PORT` listens.'),
}
