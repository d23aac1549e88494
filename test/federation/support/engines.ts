import { ApolloGateway, IntrospectAndCompose, RemoteGraphQLDataSource } from '@apollo/gateway'
import { getStitchedSchemaFromSupergraphSdl } from '@graphql-tools/federation'
import { composeServices } from '@theguild/federation-composition'
import { graphql, parse, subscribe } from 'graphql'
import { type Answer, readSdl } from './subgraph.ts'

/** The subgraphs of a graph: their addresses by their names. */
export type Urls = Readonly<Record<string, string>>

/** Something that answers for a whole graph by asking its subgraphs over HTTP. */
export interface Engine {
  query<Data>(document: string, variables?: object): Promise<Answer<Data>>
  /** The events of a subscription, where the engine passes on server-sent events. */
  subscribe?(document: string): AsyncGenerator<Answer<unknown>>
  close(): Promise<void>
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** An answer as it would be sent. */
const sent = <Data>(result: object): Answer<Data> => ({ data: null, errors: [], ...JSON.parse(JSON.stringify(result)) })

/** Apollo's gateway, which reads the schemas of the subgraphs and composes them itself. */
async function startApollo(urls: Urls): Promise<Engine> {
  const gateway = new ApolloGateway({
    supergraphSdl: new IntrospectAndCompose({
      subgraphs: Object.entries(urls).map(([name, url]) => ({ name, url })),
      logger: silent,
    }),
    buildService: ({ url = '' }) => new RemoteGraphQLDataSource({ url }),
    logger: silent,
  })
  const { executor } = await gateway.load()
  return {
    async query(query, variables = {}) {
      const operation = { document: parse(query), queryHash: query, request: { query, variables } }
      return sent(await executor({ ...operation, context: {}, logger: silent, metrics: {} } as never))
    },
    close: () => gateway.stop(),
  }
}

/** The engine of Hive Gateway, over a graph that was composed beforehand. */
async function startHive(urls: Urls): Promise<Engine> {
  const services = await Promise.all(
    Object.entries(urls).map(async ([name, url]) => ({ name, url, typeDefs: parse(await readSdl(url)) })),
  )
  const { supergraphSdl, errors } = composeServices(services)
  if (supergraphSdl === undefined) throw new Error(errors.map(({ message }) => message).join('\n'))
  const schema = getStitchedSchemaFromSupergraphSdl({ supergraphSdl })
  return {
    query: async (source, variables = {}) =>
      sent(await graphql({ schema, source, variableValues: { ...variables }, contextValue: {} })),
    async *subscribe(source) {
      const events = await subscribe({ schema, document: parse(source), contextValue: {} })
      if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events.errors))
      for await (const event of events) yield sent(event)
    },
    close: async () => {},
  }
}

/** The engines of routers, by the names of their packages. */
export const ENGINES = [
  { name: '@apollo/gateway', start: startApollo, joinsInterfaceObjects: true, passesOnEvents: false },
  // Forgets to ask for fields of an interface object when any type, related or not, has several keys.
  { name: '@graphql-tools/federation', start: startHive, joinsInterfaceObjects: false, passesOnEvents: true },
] as const
