import type { Environment } from '../../../src/config.ts'
import { createGateway, PROVIDERS } from '../../../src/gateway.ts'
import { createLog } from '../../../src/log.ts'
import type { Sandbox } from '../../../src/sandbox/server.ts'
import { environmentOf, type ResultError } from '../../support/gateway.ts'
import { withKits } from '../../support/kits.ts'
import { ListenerClient, WITHOUT_RATE_LIMITS } from '../../support/listener-client.ts'
import { SECRET } from './faults.ts'
import { type FaultyUpstream, startFaultyUpstream } from './faulty-upstream.ts'

/** An answer as a caller sees it. */
export interface Answer<Data> {
  readonly status: number
  /** Null where an error has reached the root. */
  readonly data: Data | null
  /** Empty where there are none. */
  readonly errors: readonly ResultError[]
  /** The body as it was sent. */
  readonly text: string
}

/** A gateway whose upstreams fail on demand, also in ways in which no HTTP server does. */
export interface FaultyGateway {
  /** By provider: its hosts, in the order of `Sandbox.servers`. */
  readonly upstreams: ReadonlyMap<string, readonly FaultyUpstream[]>
  /** Everything that was written down so far, line by line. */
  readonly logged: readonly string[]
  ask<Data = Record<string, unknown>>(document: string, variables?: object): Promise<Answer<Data>>
  /** From now on all goes well again, once nothing is under way: reads that are would be shared with what comes next. */
  mend(): Promise<void>
  close(): Promise<void>
}

/** Starts the hosts of a sandbox that fail on demand. Returns them with the environment that leads to them. */
async function startFaultyHosts({ servers, environment }: Sandbox) {
  const hosts = await Promise.all(servers.map(({ url }) => startFaultyUpstream(url)))
  const redirected = Object.entries(environment).map(([name, value]) => {
    const index = servers.findIndex(({ url }) => value.startsWith(url))
    return [name, index === -1 ? value : value.replace(servers[index]!.url, hosts[index]!.url)]
  })
  return { hosts, environment: Object.fromEntries(redirected) as Record<string, string> }
}

/** Starts a gateway of its own over sandboxes that it may share with others. Other providers are not part of it. */
export async function startFaultyGateway(
  sandboxes: ReadonlyMap<string, Sandbox>,
  environment: Environment = {},
): Promise<FaultyGateway> {
  const started = await Promise.all(
    [...sandboxes].map(async ([provider, sandbox]) => ({ provider, ...(await startFaultyHosts(sandbox)) })),
  )
  const upstreams = new Map(started.map(({ provider, hosts }) => [provider, hosts]))
  const all = started.flatMap(({ hosts }) => hosts)
  const logged: string[] = []
  const gateway = createGateway({
    providers: PROVIDERS.filter(({ name }) => sandboxes.has(name)),
    environment: Object.assign({ ...WITHOUT_RATE_LIMITS }, ...started.map((one) => one.environment), environment),
    log: createLog('debug', (line) => logged.push(line)),
  })
  const client = new ListenerClient(gateway)
  // These tests ignore the log lines of the start.
  logged.length = 0

  return {
    upstreams,
    logged,
    async ask<Data>(document: string, variables: object = {}) {
      const response = await client.post(JSON.stringify({ query: document, variables }), {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      })
      const text = await response.text()
      const { data = null, errors = [] } = JSON.parse(lastEventOf(text) ?? text) as Partial<Answer<Data>>
      return { status: response.status, data, errors, text }
    },
    async mend() {
      await Promise.all(all.map((upstream) => upstream.idle()))
      await Promise.all(all.map((upstream) => upstream.mend()))
    },
    async close() {
      await client.close()
      await gateway.close()
      await Promise.all(all.map((upstream) => upstream.close()))
    },
  }
}

/** Returns the result in the last event of a subscription; null for any other answer. */
const lastEventOf = (text: string) => [...text.matchAll(/^event: next\ndata: (.*)$/gm)].at(-1)?.[1] ?? null

/** Matches addresses, network errors and stack traces. */
const INSIDES = /127\.0\.0\.1|localhost|https?:|\/v\d+\b|Bearer|ECONN|UND_ERR|ERR_|\bsocket\b|\.ts\b|node:|\n\s+at /

/** Returns the secrets, addresses and traces of internals that a text contains. */
export function leaksIn(text: string, sandboxes: ReadonlyMap<string, Sandbox>): readonly string[] {
  const environment = Object.entries(environmentOf(sandboxes))
  const credentials = environment.flatMap(([name, value]) => (/_(ID|TOKEN|SECRET|KEY)$/.test(name) ? [value] : []))
  const paths = environment.flatMap(([name, value]) => (name.endsWith('_URL') ? [new URL(value).pathname] : []))
  const secrets = [
    SECRET,
    ...credentials,
    ...paths.filter((path) => path !== '/'),
    ...withKits(sandboxes).flatMap(({ sandbox, kit }) => kit.secretsOf(sandbox)),
  ]
  const inside = INSIDES.exec(text)
  return [...secrets.filter((secret) => secret !== '' && text.includes(secret)), ...(inside ? [inside[0]] : [])]
}

/** As {@link leaksIn}, for a line of the log, whose cause may be a code of the network. */
export function leaksInLine(line: string, sandboxes: ReadonlyMap<string, Sandbox>): readonly string[] {
  const { cause = null, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>
  const leaks = leaksIn(JSON.stringify(fields), sandboxes)
  return cause === null || /^(?:\d{3}|[A-Z][A-Z0-9_]+)$/.test(String(cause)) ? leaks : [...leaks, String(cause)]
}
