import type { Environment } from '../../../src/config.ts'
import { createGateway } from '../../../src/gateway.ts'
import { createLog } from '../../../src/log.ts'
import type { KobbleSandbox } from '../../../src/providers/kobble/sandbox/index.ts'
import type { VobizSandbox } from '../../../src/providers/vobiz/sandbox/index.ts'
import type { ResultError } from '../../support/gateway.ts'
import { SECRET } from './faults.ts'
import { type FaultyUpstream, startFaultyUpstream } from './faulty-upstream.ts'
import type { Host } from './operations.ts'

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
  readonly upstreams: Readonly<Record<Host, FaultyUpstream>>
  /** Everything that was written down so far, line by line. */
  readonly logged: readonly string[]
  ask<Data = Record<string, unknown>>(document: string, variables?: object): Promise<Answer<Data>>
  /** From now on all goes well again, once nothing is under way: reads that are would be shared with what comes next. */
  mend(): Promise<void>
  close(): Promise<void>
}

/** Starts a gateway of its own over sandboxes that it may share with others. */
export async function startFaultyGateway(
  sandboxes: { readonly vobiz: VobizSandbox; readonly kobble: KobbleSandbox },
  environment: Environment = {},
): Promise<FaultyGateway> {
  const { vobiz, kobble } = sandboxes
  const [atVobiz, atKobble, atTokens] = await Promise.all([
    startFaultyUpstream(vobiz.server.url),
    startFaultyUpstream(kobble.api.url),
    startFaultyUpstream(kobble.tokens.url),
  ])
  const upstreams = { vobiz: atVobiz, kobble: atKobble, tokens: atTokens }
  const all = Object.values(upstreams)
  const logged: string[] = []
  const gateway = createGateway({
    environment: {
      ...vobiz.environment,
      ...kobble.environment,
      VOBIZ_BASE_URL: atVobiz.url,
      KOBBLE_BASE_URL: atKobble.url,
      KOBBLE_TOKEN_URL: `${atTokens.url}/oauth2/token`,
      ...environment,
    },
    log: createLog('debug', (line) => logged.push(line)),
  })
  // These tests ignore the log lines of the start.
  logged.length = 0

  return {
    upstreams,
    logged,
    async ask<Data>(document: string, variables: object = {}) {
      const response = await gateway.yoga.fetch('http://gateway.test/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify({ query: document, variables }),
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
      await gateway.close()
      await Promise.all(all.map((upstream) => upstream.close()))
    },
  }
}

/** Returns the result in the last event of a subscription; null for any other answer. */
const lastEventOf = (text: string) => [...text.matchAll(/^event: next\ndata: (.*)$/gm)].at(-1)?.[1] ?? null

/** Returns the secrets, addresses and traces of internals that a text contains. */
export function leaksIn(text: string, { vobiz, kobble }: { vobiz: VobizSandbox; kobble: KobbleSandbox }) {
  const secrets = [
    SECRET,
    ...['VOBIZ_AUTH_ID', 'VOBIZ_AUTH_TOKEN'].map((name) => vobiz.environment[name]!),
    ...['KOBBLE_CLIENT_ID', 'KOBBLE_CLIENT_SECRET'].map((name) => kobble.environment[name]!),
    ...vobiz.customers.map(({ auth_token }) => auth_token),
  ]
  const insides =
    /127\.0\.0\.1|localhost|https?:|\/api\/v1|\/customers\/v1|\/oauth2|Bearer|ECONN|UND_ERR|ERR_|\bsocket\b|\.ts\b|node:|\n\s+at /
  const found = secrets.filter((secret) => text.includes(secret))
  const inside = insides.exec(text)
  return inside ? [...found, inside[0]] : found
}
