import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, vi } from 'vitest'
import type { Environment } from '../../../src/config.ts'
import { createGateway, type Gateway } from '../../../src/gateway.ts'
import { createListener } from '../../../src/server/listener.ts'
import { environmentOf, startGateway, type TestGateway, type TestGatewayOptions } from '../../support/gateway.ts'

/** An answer as callers see it. */
export interface Answer {
  readonly status: number
  readonly retryAfter: string | null
  readonly body: {
    readonly data?: unknown
    readonly errors?: readonly { readonly extensions: { readonly code: string } }[]
  }
}

/** One of several gateways that share a Redis. */
export interface SharingGateway {
  readonly gateway: Gateway
  readonly url: string
  /** Sends an operation as a plain POST, which the lane answers. */
  post(query: string): Promise<Answer>
  /** Sends an operation with GET, which Yoga answers. */
  get(query: string): Promise<Answer>
}

export interface SharingGateways {
  readonly gateways: readonly SharingGateway[]
  /** The sandboxes that all of them read. */
  readonly upstream: TestGateway
  /** Waits until every gateway is connected to Redis. */
  connected(): Promise<void>
  close(): Promise<void>
}

async function answerOf(response: Response): Promise<Answer> {
  const body = (await response.json()) as Answer['body']
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body }
}

async function listen(environment: Environment) {
  const gateway = createGateway({ environment })
  const server = createListener(gateway).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
  const close = async () => {
    server.close()
    server.closeAllConnections()
    await gateway.close()
  }
  const sharing: SharingGateway = {
    gateway,
    url,
    post: async (query) =>
      answerOf(
        await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query }),
        }),
      ),
    get: async (query) =>
      answerOf(
        await fetch(`${url}?query=${encodeURIComponent(query)}`, { headers: { 'x-apollo-operation-name': 'test' } }),
      ),
  }
  return { sharing, close }
}

/** Starts gateways over the same sandboxes and the same Redis, and waits until they are connected. */
export async function startSharing(
  redisUrl: string,
  environment: Environment = {},
  { count = 2, ...options }: TestGatewayOptions & { readonly count?: number } = {},
): Promise<SharingGateways> {
  const upstream = await startGateway(options)
  const shared = { LOG_LEVEL: 'silent', ...environmentOf(upstream.sandboxes), REDIS_URL: redisUrl, ...environment }
  const started = await Promise.all(Array.from({ length: count }, () => listen(shared)))
  const gateways = started.map(({ sharing }) => sharing)
  const connected = () =>
    vi.waitFor(
      () => {
        for (const { gateway } of gateways) expect(gateway.redis?.statistics().state).toBe('ready')
      },
      { timeout: 15_000, interval: 20 },
    )
  await connected()
  return {
    gateways,
    upstream,
    connected,
    async close() {
      await Promise.all(started.map(({ close }) => close()))
      await upstream.close()
    },
  }
}
