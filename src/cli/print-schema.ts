import { writeFileSync } from 'node:fs'
import { PROVIDERS } from '../gateway.ts'
import { subgraphSdl } from '../graphql/federation.ts'
import { createSchema } from '../schema.ts'
import { possibleTypesText, sdlOf } from '../server/browser/schema-files.ts'

/** Returns the public schema as sorted SDL text. */
export const printedSchema = () => sdlOf(createSchema(PROVIDERS).schema)

if (import.meta.main) {
  const { schema } = createSchema(PROVIDERS)
  if (process.argv.includes('--subgraph')) process.stdout.write(subgraphSdl(schema))
  else if (process.argv.includes('--possible-types')) process.stdout.write(possibleTypesText(schema))
  else writeFileSync(new URL('../../schema.graphql', import.meta.url), printedSchema())
}
