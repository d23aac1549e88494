import { ProviderNotConfiguredError } from '../errors.ts'
import type { GatewayContext, ProviderSession } from '../graphql/context.ts'
import { idOfUnexpected, type LogUnexpected } from '../graphql/error-masking.ts'
import { createMeter, grantOf, isBound, isGranted, type OperationOrigin } from '../operation.ts'
import { createLimiter } from '../upstream/limiter.ts'
import type { Connected } from './connect.ts'

/** Concurrent requests of one operation to one provider, in flight or waiting for a connection; equals the number of connections. */
const MAX_CONCURRENT_REQUESTS = 32

/** Creates the context of one operation, which its resolvers share. */
export function createOperationContext(
  { caller, key, lifetime, requestId, trace }: OperationOrigin,
  { config, connections, cursors, walks, cache, isSandbox }: Connected,
  log: LogUnexpected,
): GatewayContext {
  const sessions = new Map<string, ProviderSession>()
  const cacheView = cache === null ? undefined : cache.createView()
  const meter = createMeter({
    maxRequests: config.maxUpstreamRequests,
    maxRows: config.maxUpstreamRows,
    countsHits: cache !== null,
  })
  return {
    requestId,
    lifetime,
    isSandbox,
    scanLimit: config.scanLimit,
    walks,
    cursors: isBound(caller) ? cursors.bound : cursors.unbound,
    mayRead: (provider, accounts) => isGranted(grantOf(caller, provider), accounts),
    mayReadSome: (provider) => grantOf(caller, provider).accounts?.length !== 0,
    isConfigured: (provider) => connections.has(provider),
    costs: meter.costs,
    cacheView,
    reportUnexpected: (error) => idOfUnexpected(error, log, requestId),
    session(name) {
      const connection = connections.get(name)
      if (!connection) throw new ProviderNotConfiguredError(name)
      let session = sessions.get(name)
      if (session === undefined) {
        session = connection.openSession({
          caller: key,
          requestId,
          signal: lifetime.signal,
          meter,
          cacheView,
          limiter: createLimiter(MAX_CONCURRENT_REQUESTS),
          trace,
          grant: grantOf(caller, name),
        })
        sessions.set(name, session)
      }
      return session
    },
  }
}
