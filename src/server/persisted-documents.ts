import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
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

/** The texts of persisted documents by id. Texts are kept instead of parsed documents, which take up to 300 times as many bytes. */
export type PersistedDocuments = ReadonlyMap<string, string>

/** Maximum number of issues that are reported for one list. */
const MAX_ISSUES = 20
/** Maximum number of characters of an id or a message in an issue. */
const MAX_SHOWN = 200
const ENDING = '.graphql'

const issue = (text: string) => `PERSISTED_DOCUMENTS: ${text}`

/** The file format of `generate-persisted-query-manifest` for Apollo Client. */
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

/**
 * Returns the documents of a list with their ids.
 * @throws {ConfigError} when the text is not a list of documents
 */
function parseEntries(text: string): readonly Entry[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new ConfigError([issue('expected JSON')])
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ConfigError([issue('expected an object with ids and the texts of documents, or a manifest for Apollo')])
  }
  if (!('format' in json && 'operations' in json)) return Object.entries(json)
  const { data, error } = manifestSchema.safeParse(json)
  if (!data) {
    const issues = error.issues.slice(0, MAX_ISSUES)
    throw new ConfigError(issues.map(({ message, path }) => issue(`${message} at ${path.join('.')}`)))
  }
  return data.operations.map(({ id, body }) => [id, body])
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

/** Returns each document with its id. The id of a document in a folder is the name of its file. */
function readEntries(path: string): readonly Entry[] {
  try {
    if (!statSync(path).isDirectory()) return parseEntries(readFileSync(path, 'utf8'))
    return readdirSync(path)
      .filter((name) => name.endsWith(ENDING))
      .sort()
      .map((name) => [name.slice(0, -ENDING.length), readFileSync(join(path, name), 'utf8')])
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
    throw new ConfigError([issue(`expected a file or a folder that can be read${code}`)])
  }
}

/** Returns the reason why a document can never be executed; null when it can. */
function findDocumentIssue(schema: GraphQLSchema, text: unknown): string | null {
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

const shorten = (text: string) =>
  (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text).replaceAll(/\s+/g, ' ')

/**
 * Reads a list of documents and validates each against the schema. A document can be named by its id and by the hash of its text.
 *
 * @param path path of a JSON object with ids and texts, of a manifest for Apollo, or of a folder with `.graphql` files
 * @throws {ConfigError} with a line for each document that cannot be used
 */
export function readPersistedDocuments(path: string, schema: GraphQLSchema): PersistedDocuments {
  const entries = readEntries(path)
  if (entries.length === 0) throw new ConfigError([issue('expected at least one document')])
  const named = new Map<string, string>()
  const issues: string[] = []
  for (const [id, text] of entries) {
    const other = named.get(id)
    const reason =
      other !== undefined && other !== text ? 'another document has this id' : findDocumentIssue(schema, text)
    if (reason !== null) issues.push(issue(`document ${shorten(JSON.stringify(id))}: ${shorten(reason)}`))
    else named.set(id, text as string)
  }
  if (issues.length > 0) {
    const rest = issues.length - MAX_ISSUES
    throw new ConfigError([
      ...issues.slice(0, MAX_ISSUES),
      ...(rest > 0 ? [issue(`${rest} more documents that cannot be used`)] : []),
    ])
  }
  const hashed = [...named.values()].map((text) => [hashOf(text), text] as const)
  return new Map([...hashed, ...named])
}

/** The parameters of a request that select its document, as they were sent. */
interface DocumentParams {
  readonly query?: unknown
  readonly documentId?: unknown
  readonly extensions?: unknown
}

/** Returns the id in the extension of Apollo Client; null without one. */
function extensionId(extensions: unknown): unknown {
  const { persistedQuery } = (extensions ?? {}) as { readonly persistedQuery?: unknown }
  const { version, sha256Hash } = (persistedQuery ?? {}) as {
    readonly version?: unknown
    readonly sha256Hash?: unknown
  }
  return version === 1 ? sha256Hash : null
}

/** Returns the error of a request that is answered without executing an operation. */
const requestError = (error: GatewayError, status: number) =>
  new GraphQLError(error.message, { extensions: { code: error.code, ...error.details(), http: { status } } })

/**
 * Returns the document of a request: the one that it contains, or the persisted one that it names.
 *
 * @param id the id of the document, from `documentId`; `null` or `undefined` without one
 * @throws {GraphQLError} when the request has no document, the id is unknown, or only persisted documents are accepted
 */
export type FindDocument = (params: DocumentParams, id: unknown) => unknown

/** @param only rejects requests that contain a document */
export function createFindDocument(documents: PersistedDocuments, only: boolean): FindDocument {
  return ({ query, extensions }, documentId) => {
    if (query) {
      if (only) throw requestError(new PersistedDocumentRequiredError(), 400)
      return query
    }
    const id = documentId ?? extensionId(extensions)
    if (typeof id !== 'string' || id === '') {
      const expected = 'Expected "query" with a document, or "documentId" with the id of one.'
      throw requestError(only ? new PersistedDocumentRequiredError() : new BadRequestError(expected), 400)
    }
    const document = documents.get(id) ?? documents.get(id.replace(/^sha256:(?=[\da-f]{64}$)/, ''))
    if (document === undefined) throw requestError(new PersistedDocumentNotFoundError(), 404)
    return document
  }
}

/** Accepts documents by their ids. They keep the same limits as all documents and share their cache of parsed documents. */
export const usePersistedDocuments = (find: FindDocument): Plugin => ({
  onParams({ params, request, setParams }) {
    // Yoga reads only the parameters that it knows from a URL.
    const id =
      request.method === 'GET'
        ? new URL(request.url, 'http://localhost').searchParams.get('documentId')
        : (params as DocumentParams).documentId
    const query = find(params, id)
    const { operationName, variables, extensions } = params
    // Without the id, which Yoga would reject as an unexpected parameter.
    if (query !== params.query) setParams({ query, operationName, variables, extensions } as GraphQLParams)
  },
})
