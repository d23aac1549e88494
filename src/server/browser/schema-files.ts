import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { possibleTypesOf } from '../../graphql/possible-types.ts'
import { createStaticContent, type StaticContent } from './static-content.ts'

/** Returns a schema as sorted SDL text. */
export const sdlOf = (schema: GraphQLSchema) => `${printSchema(lexicographicSortSchema(schema))}\n`

/** Returns the object types of each interface and union as JSON text. */
export const possibleTypesText = (schema: GraphQLSchema) => `${JSON.stringify(possibleTypesOf(schema), null, 2)}\n`

/**
 * Answers `GET /schema.graphql` with the schema as text, and `GET /possible-types.json` with the object types of its interfaces
 * and unions, in the form that caching clients expect. Clients may cache both and revalidate them by their `etag`.
 *
 * @param schema the schema that callers see, without the fields for routers
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
    // Plain text, because a browser would download a type that it does not know.
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
