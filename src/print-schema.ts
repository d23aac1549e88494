import { writeFileSync } from 'node:fs'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { PROVIDERS } from './gateway.ts'
import { createSchema } from './schema.ts'

/** The public schema as text, sorted. */
export const printedSchema = () => `${printSchema(lexicographicSortSchema(createSchema(PROVIDERS)))}\n`

if (import.meta.main) writeFileSync(new URL('../schema.graphql', import.meta.url), printedSchema())
