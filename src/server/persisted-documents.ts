import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { defaultExtractPersistedOperationId, usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations'
import { GraphQLError, type GraphQLSchema, Kind, parse, validate } from 'graphql'
import type { GraphQLParams, Plugin } from 'graphql-yoga'
import { z } from 'zod'
import {
  BadRequestError,
  ConfigError,
  type GatewayError,
  PersistedDocumentNotFoundError,
  PersistedDocumentRequiredError,
} from '../errors.ts'

/** The texts of documents that callers may name by an id. Parsed ones take up to 300 times as many bytes. */
export type PersistedDocuments = ReadonlyMap<string, string>

/** How many faults of one list are told. */
const MAX_TOLD = 20
/** Of an id or a message, as far as anybody reads it. */
const MAX_SHOWN = 200
const ENDING = '.graphql'

const fault = (text: string) => `PERSISTED_DOCUMENTS: ${text}`

/** The file that `generate-persisted-query-manifest` writes for Apollo Client. */
const manifestSchema = z.looseObject({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1, { error: 'expected version 1 of the manifest' }),
  operations: z.array(
    z.looseObject({
      id: z.string({ error: 'expected an id' }),
      body: z.string({ error: 'expected the text of a document' }),
    }),
    { error: 'expected a list of operations' },
  ),
})

type Entry = readonly [id: string, text: unknown]

/** @throws {ConfigError} when the text is no list of documents */
function entriesOf(text: string): readonly Entry[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new ConfigError([fault('expected JSON')])
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ConfigError([fault('expected an object with ids and the texts of documents, or a manifest for Apollo')])
  }
  if (!('format' in json && 'operations' in json)) return Object.entries(json)
  const { data, error } = manifestSchema.safeParse(json)
  if (!data) {
    const faults = error.issues.slice(0, MAX_TOLD)
    throw new ConfigError(faults.map(({ message, path }) => fault(`${message} at ${path.join('.')}`)))
  }
  return data.operations.map(({ id, body }) => [id, body])
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

/** Each document with its id. Those of a folder are named by their files. */
function readEntries(path: string): readonly Entry[] {
  try {
    if (!statSync(path).isDirectory()) return entriesOf(readFileSync(path, 'utf8'))
    return readdirSync(path)
      .filter((name) => name.endsWith(ENDING))
      .sort()
      .map((name) => [name.slice(0, -ENDING.length), readFileSync(join(path, name), 'utf8')])
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
    throw new ConfigError([fault(`expected a file or a folder that can be read${code}`)])
  }
}

/** What keeps a document from ever being executed; null where nothing does. */
function whyUnusable(schema: GraphQLSchema, text: unknown): string | null {
  if (typeof text !== 'string') return 'expected the text of a document'
  try {
    const document = parse(text)
    const [error] = validate(schema, document, undefined, { maxErrors: 1 })
    if (error) return error.message
    const missing = document.definitions.find(
      (definition) => definition.kind === Kind.OPERATION_DEFINITION && !schema.getRootType(definition.operation),
    )
    return missing && 'operation' in missing ? `The schema has no ${missing.operation}.` : null
  } catch (error) {
    if (error instanceof GraphQLError) return error.message
    if (error instanceof RangeError) return 'The document is nested too deeply to be read.'
    throw error
  }
}

const shown = (text: string) =>
  (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text).replaceAll(/\s+/g, ' ')

/**
 * Reads a list of documents and checks each against the schema. Besides its own id, each can be named by the hash of its text.
 *
 * @param path of a JSON object with ids and texts, of a manifest for Apollo, or of a folder with `.graphql` files
 * @throws {ConfigError} with a line for each document that cannot be used
 */
export function readPersistedDocuments(path: string, schema: GraphQLSchema): PersistedDocuments {
  const entries = readEntries(path)
  if (entries.length === 0) throw new ConfigError([fault('expected at least one document')])
  const named = new Map<string, string>()
  const faults: string[] = []
  for (const [id, text] of entries) {
    const other = named.get(id)
    const why = other !== undefined && other !== text ? 'another document has this id' : whyUnusable(schema, text)
    if (why !== null) faults.push(fault(`document ${shown(JSON.stringify(id))}: ${shown(why)}`))
    else named.set(id, text as string)
  }
  if (faults.length > 0) {
    const rest = faults.length - MAX_TOLD
    throw new ConfigError([
      ...faults.slice(0, MAX_TOLD),
      ...(rest > 0 ? [fault(`${rest} more documents that cannot be used`)] : []),
    ])
  }
  const hashed = [...named.values()].map((text) => [hashOf(text), text] as const)
  return new Map([...hashed, ...named])
}

/** The id that a request names its document by: its own parameter, or what Apollo Client sends in its place. */
function idOf(params: GraphQLParams, request: Request): string | null {
  const given: unknown =
    request.method === 'GET'
      ? // Yoga takes only the parameters that it knows out of a URL.
        new URL(request.url, 'http://localhost').searchParams.get('documentId')
      : (params as { readonly documentId?: unknown }).documentId
  const id = given ?? defaultExtractPersistedOperationId(params, request, {})
  return typeof id === 'string' && id !== '' ? id : null
}

/** Why a request is answered without an operation. */
const refused = (error: GatewayError, status: number) =>
  new GraphQLError(error.message, { extensions: { code: error.code, ...error.details(), http: { status } } })

/**
 * Takes documents by their ids, and with `only` no others. What comes out of the list is held to the same limits as any document,
 * and is kept parsed with them.
 */
export function usePersistedDocuments(documents: PersistedDocuments, only: boolean): Plugin {
  return usePersistedOperations({
    allowArbitraryOperations: !only,
    extractPersistedOperationId: idOf,
    getPersistedOperation: (id) =>
      documents.get(id) ?? documents.get(id.replace(/^sha256:(?=[\da-f]{64}$)/, '')) ?? null,
    customErrors: {
      notFound: () => refused(new PersistedDocumentNotFoundError(), 404),
      persistedQueryOnly: () => refused(new PersistedDocumentRequiredError(), 400),
      keyNotFound: () =>
        only
          ? refused(new PersistedDocumentRequiredError(), 400)
          : refused(new BadRequestError('Expected "query" with a document, or "documentId" with the id of one.'), 400),
    },
  })
}
