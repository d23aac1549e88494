// Prints the schema as the cache needs it: node introspection.mjs schema.graphql > introspection.json
import { readFileSync } from 'node:fs'
import { buildSchema, introspectionFromSchema } from 'graphql'

const schema = buildSchema(readFileSync(process.argv[2] ?? 'schema.graphql', 'utf8'))
console.log(JSON.stringify(introspectionFromSchema(schema, { descriptions: false })))
