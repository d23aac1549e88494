import type { Environment } from '../../src/config.ts'
import { createGateway, type Gateway, PROVIDERS } from '../../src/gateway.ts'
import {
  createKobbleSandbox,
  type KobbleSandbox,
  type KobbleSandboxOptions,
} from '../../src/providers/kobble/sandbox/index.ts'
import type { Provider } from '../../src/providers/provider.ts'
import {
  createVobizSandbox,
  type VobizSandbox,
  type VobizSandboxOptions,
} from '../../src/providers/vobiz/sandbox/index.ts'
import type { Sandbox } from '../../src/sandbox/server.ts'

/**
 * The number of requests that reached each host of the registered providers: its API under the name of the provider,
 * every further host under the name of the variable that holds its address, such as `KOBBLE_TOKEN_URL`.
 */
export type RequestCounts = Readonly<Record<string, number>>

/** By provider: the names of its hosts in `RequestCounts`, in the order of `Sandbox.servers`. */
const HOSTS: ReadonlyMap<string, readonly string[]> = new Map(
  PROVIDERS.map(({ name, variables }) => {
    const [, ...others] = Object.keys(variables).filter((variable) => variable.endsWith('_URL'))
    return [name, [name, ...others]]
  }),
)

/** The counts when nothing was sent. */
export const NO_REQUESTS: RequestCounts = Object.fromEntries([...HOSTS.values()].flat().map((host) => [host, 0]))

/** Returns the number of requests to the APIs of all providers, without further hosts such as those of tokens. */
export const sumApiRequests = (requests: RequestCounts): number =>
  [...HOSTS.keys()].reduce((sum, provider) => sum + requests[provider]!, 0)

/** Returns the requests of the second counts that are not in the first. */
export const requestsBetween = (before: RequestCounts, after: RequestCounts): RequestCounts =>
  Object.fromEntries(Object.entries(after).map(([host, count]) => [host, count - before[host]!]))

/** An error as callers see it. */
export interface ResultError {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions: { readonly code: string; readonly provider?: string; readonly [detail: string]: unknown }
}

export interface QueryResult<Data> {
  /** Null when an error has reached the root. */
  readonly data: Data | null
  /** Empty without errors. */
  readonly errors: readonly ResultError[]
  /** The extensions of the result; empty without any. */
  readonly extensions: Readonly<Record<string, unknown>>
  /** The response body as it was sent. */
  readonly text: string
  /** The requests that reached the sandboxes meanwhile. */
  readonly requests: RequestCounts
}

export interface TestGateway {
  readonly gateway: Gateway
  readonly vobiz: VobizSandbox
  readonly kobble: KobbleSandbox
  /** The sandbox of each registered provider, by the provider's name. */
  readonly sandboxes: ReadonlyMap<string, Sandbox>
  /** Sends an operation through the gateway, without a socket. */
  query<Data = Record<string, unknown>>(
    document: string,
    variables?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<QueryResult<Data>>
  /** Returns the data of an operation. Throws its errors if it has any. */
  ask<Data = Record<string, unknown>>(document: string, variables?: object): Promise<Data>
  /** All requests that reached the sandboxes so far. */
  requests(): RequestCounts
  close(): Promise<void>
}

export interface TestGatewayOptions {
  /** The registered providers by default. */
  readonly providers?: readonly Provider[]
  /** The data of all sandboxes: a year of entries by default. */
  readonly data?: 'year' | 'empty'
  /** The data and the behaviour of single sandboxes. */
  readonly sandboxes?: { readonly vobiz?: VobizSandboxOptions; readonly kobble?: KobbleSandboxOptions }
  /** Added to the environment of the sandboxes; `undefined` unsets a variable. */
  readonly environment?: Environment
}

/** Returns the environment that points a gateway at all the sandboxes. */
export const environmentOf = (sandboxes: ReadonlyMap<string, Sandbox>): Record<string, string> =>
  Object.assign({}, ...[...sandboxes.values()].map(({ environment }) => environment))

/** Adds the sandboxes of all other registered providers. */
async function startOthers(
  first: ReadonlyMap<string, Sandbox>,
  data: 'year' | 'empty',
): Promise<ReadonlyMap<string, Sandbox>> {
  const others = PROVIDERS.filter(({ name }) => !first.has(name)).map(
    async (provider) => [provider.name, await provider.startSandbox({ data })] as const,
  )
  return new Map([...first, ...(await Promise.all(others))])
}

/** Returns registered providers by their names, for scenarios that are made of these. */
export const pickProviders = (...names: readonly string[]): readonly Provider[] =>
  PROVIDERS.filter(({ name }) => names.includes(name))

/** Starts the sandboxes of all registered providers and a gateway over them, which logs nothing. */
export async function startGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const { providers = PROVIDERS, sandboxes = {}, environment = {} } = options
  // Where a test brings its own entries, no other provider adds any.
  const isEmpty = [sandboxes.vobiz, sandboxes.kobble].some((sandbox) => sandbox?.data === 'empty')
  const { data = isEmpty ? 'empty' : 'year' } = options
  const [vobiz, kobble] = await Promise.all([
    createVobizSandbox({ data: options.data ?? 'year', ...sandboxes.vobiz }),
    createKobbleSandbox({ data: options.data ?? 'year', ...sandboxes.kobble }),
  ])
  const started = await startOthers(
    new Map<string, Sandbox>([
      ['VOBIZ', vobiz],
      ['KOBBLE', kobble],
    ]),
    data,
  )
  const closeSandboxes = () => Promise.all([...started.values()].map((sandbox) => sandbox.close()))
  let gateway: Gateway
  try {
    gateway = createGateway({
      providers,
      environment: { LOG_LEVEL: 'silent', ...environmentOf(started), ...environment },
    })
  } catch (error) {
    await closeSandboxes()
    throw error
  }

  const requests = (): RequestCounts =>
    Object.fromEntries(
      [...HOSTS].flatMap(([provider, hosts]) =>
        hosts.map((host, index) => [host, started.get(provider)!.servers[index]!.requests.length]),
      ),
    )

  async function query<Data>(
    document: string,
    variables: object = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<QueryResult<Data>> {
    const before = requests()
    const response = await gateway.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: document, variables }),
    })
    const text = await response.text()
    const { data = null, errors = [], extensions = {} } = JSON.parse(text) as Partial<QueryResult<Data>>
    return {
      data,
      errors,
      extensions,
      text,
      requests: requestsBetween(before, requests()),
    }
  }

  return {
    gateway,
    vobiz,
    kobble,
    sandboxes: started,
    query,
    async ask<Data>(document: string, variables?: object) {
      const { data, errors } = await query<Data>(document, variables)
      if (errors.length > 0 || data === null) throw new Error(`The operation failed: ${JSON.stringify(errors)}`)
      return data
    },
    requests,
    async close() {
      await gateway.close()
      await closeSandboxes()
    },
  }
}
