import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { possibleTypesOf } from '../../graphql/possible-types.ts'
import { createStaticContent, type StaticContent } from './static-content.ts'

/** A schema as text, sorted. */
export const sdlOf = (schema: GraphQLSchema) => `${printSchema(lexicographicSortSchema(schema))}\n`

/** The object types of each interface and union as JSON. */
export const possibleTypesText = (schema: GraphQLSchema) => `${JSON.stringify(possibleTypesOf(schema), null, 2)}\n`

/**
 * Answers `GET /schema.graphql` with the schema as text, and `GET /possible-types.json` with the object types of its interfaces
 * and unions, as caching clients want them. Both may be kept, and are asked for again by their tags.
 *
 * @param schema as it is shown to callers, without the fields for routers
 */
export function useSchemaFiles(schema: GraphQLSchema): Plugin {
  const file = (type: string, make: () => string) => {
    let content: StaticContent | null = null
    return () => {
      content ??= createStaticContent({ type: `${type}; charset=utf-8`, body: make(), cacheControl: 'no-cache' })
      return content
    }
  }
  const files: Readonly<Record<string, () => StaticContent>> = {
    // A browser shows plain text, and would save any type that it does not know.
    '/schema.graphql': file('text/plain', () => sdlOf(schema)),
    '/possible-types.json': file('application/json', () => possibleTypesText(schema)),
  }
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return
      const content = files[url.pathname]?.()
      if (content) endResponse(await content.answer(request, fetchAPI))
    },
  }
}
