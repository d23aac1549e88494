import { createServer, type Server as HttpServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildASTSchema, type GraphQLSchema, parse, visit } from 'graphql'
import { createYoga } from 'graphql-yoga'

/** A GraphQL server on a local port. */
export interface Server {
  readonly url: string
  close(): Promise<void>
}

/** Answers requests on a free port of 127.0.0.1, with a server or with a function. */
export async function listen(answer: RequestListener | HttpServer): Promise<Server> {
  const server = typeof answer === 'function' ? createServer(answer) : answer
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** An entity in a representation: its type, and the fields of a key. */
export type Keys = Readonly<Record<string, string>>

/** A made-up subgraph beside the gateway in a larger graph. */
export interface Subgraph extends Server {
  /** The representations in each call of `_entities` that arrived. */
  readonly entityCalls: (readonly Keys[])[]
}

export interface SubgraphOptions {
  readonly sdl: string
  /** The results of the root fields, by name: keys of entities, with `__typename` for abstract types. */
  readonly roots: Readonly<Record<string, (args: Readonly<Record<string, string>>) => object>>
  /** The fields that the subgraph has for an entity, by its keys. */
  readonly complete: (keys: Keys) => object
}

/** The schema that a subgraph serves: what its SDL says, and the root fields of a subgraph. */
function servedSchema(sdl: string): GraphQLSchema {
  const entities: string[] = []
  const document = parse(sdl)
  visit(document, {
    ObjectTypeDefinition({ name, directives }) {
      if (directives?.some((directive) => directive.name.value === 'key')) entities.push(name.value)
    },
  })
  const machinery = parse(`
    scalar _Any
    union _Entity = ${entities.join(' | ')}
    type _Service { sdl: String! }
    extend type Query {
      _entities(representations: [_Any!]!): [_Entity]!
      _service: _Service!
    }
  `)
  const whole = { ...document, definitions: [...document.definitions, ...machinery.definitions] }
  return buildASTSchema(whole, { assumeValidSDL: true })
}

/** Starts a subgraph. */
export async function startSubgraph({ sdl, roots, complete }: SubgraphOptions): Promise<Subgraph> {
  const entityCalls: (readonly Keys[])[] = []
  const schema = servedSchema(sdl)
  const completed = (keys: object): object =>
    Array.isArray(keys) ? keys.map(completed) : { ...keys, ...complete(keys as Keys) }
  const fields = schema.getQueryType()!.getFields()
  for (const [name, answer] of Object.entries(roots)) fields[name]!.resolve = (_, args) => completed(answer(args))
  fields._service!.resolve = () => ({ sdl })
  fields._entities!.resolve = (_, { representations }) => {
    entityCalls.push(representations)
    return completed(representations)
  }
  return { ...(await listen(createYoga({ schema, logging: false, graphiql: false }))), entityCalls }
}

/** Reads the schema of a subgraph as composition does. */
export async function readSdl(url: string): Promise<string> {
  const { data } = await send<{ _service: { sdl: string } }>(url, '{ _service { sdl } }')
  return data!._service.sdl
}

/** The result of a GraphQL server, as callers see it. */
export interface Answer<Data> {
  readonly data: Data | null
  readonly errors: readonly {
    readonly message: string
    readonly path?: readonly (string | number)[]
    readonly extensions: { readonly code?: string; readonly [detail: string]: unknown }
  }[]
}

/** Sends an operation over HTTP. */
export async function send<Data>(url: string, query: string, variables: object = {}): Promise<Answer<Data>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const { data = null, errors = [] } = (await response.json()) as Partial<Answer<Data>>
  return { data, errors }
}
