import type { Environment } from '../../src/config.ts'
import { createGateway, type Gateway, PROVIDERS } from '../../src/gateway.ts'
import {
  createKobbleSandbox,
  type KobbleSandbox,
  type KobbleSandboxOptions,
} from '../../src/providers/kobble/sandbox.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { createVobizSandbox, type VobizSandbox, type VobizSandboxOptions } from '../../src/providers/vobiz/sandbox.ts'

/** How many requests reached the sandboxes; those for tokens apart. */
export interface RequestCounts {
  readonly vobiz: number
  readonly kobble: number
  readonly tokens: number
}

/** An error as callers see it. */
export interface ResultError {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions: { readonly code: string; readonly provider?: string; readonly [detail: string]: unknown }
}

export interface QueryResult<Data> {
  /** Null where an error has reached the root. */
  readonly data: Data | null
  /** Empty where there are none. */
  readonly errors: readonly ResultError[]
  /** What the answer carries beside data and errors; empty where there is nothing. */
  readonly extensions: Readonly<Record<string, unknown>>
  /** The response body as it was sent. */
  readonly text: string
  /** The requests that reached the sandboxes while this ran. */
  readonly requests: RequestCounts
}

export interface TestGateway {
  readonly gateway: Gateway
  readonly vobiz: VobizSandbox
  readonly kobble: KobbleSandbox
  /** Sends an operation through the gateway, without a socket. */
  query<Data = Record<string, unknown>>(
    document: string,
    variables?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<QueryResult<Data>>
  /** What an operation answers. Throws its errors where it has any. */
  ask<Data = Record<string, unknown>>(document: string, variables?: object): Promise<Data>
  /** All requests that reached the sandboxes so far. */
  requests(): RequestCounts
  close(): Promise<void>
}

export interface TestGatewayOptions {
  /** The registry's when left out. */
  readonly providers?: readonly Provider[]
  /** What the sandboxes hold (a year of entries when left out, or `data: 'empty'`), and how they behave. */
  readonly sandboxes?: { readonly vobiz?: VobizSandboxOptions; readonly kobble?: KobbleSandboxOptions }
  /** Added to what the sandboxes say; `undefined` switches a variable off. */
  readonly environment?: Environment
}

/** Starts both sandboxes and a gateway over them, which logs nothing. */
export async function startGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const { providers = PROVIDERS, sandboxes = {}, environment = {} } = options
  const [vobiz, kobble] = await Promise.all([
    createVobizSandbox(sandboxes.vobiz),
    createKobbleSandbox(sandboxes.kobble),
  ])
  const closeSandboxes = () => Promise.all([vobiz.close(), kobble.close()])
  let gateway: Gateway
  try {
    gateway = createGateway({
      providers,
      environment: { LOG_LEVEL: 'silent', ...vobiz.environment, ...kobble.environment, ...environment },
    })
  } catch (error) {
    await closeSandboxes()
    throw error
  }

  const requests = (): RequestCounts => ({
    vobiz: vobiz.server.requests.length,
    kobble: kobble.api.requests.length,
    tokens: kobble.tokens.requests.length,
  })

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
    const after = requests()
    return {
      data,
      errors,
      extensions,
      text,
      requests: {
        vobiz: after.vobiz - before.vobiz,
        kobble: after.kobble - before.kobble,
        tokens: after.tokens - before.tokens,
      },
    }
  }

  return {
    gateway,
    vobiz,
    kobble,
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
