import type { z } from 'zod'

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The schemas of environment variables by name; the metadata of each holds its description. */
export type VariableSchemas = Readonly<Record<string, z.ZodType>>
