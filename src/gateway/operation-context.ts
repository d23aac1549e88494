import { ProviderNotConfiguredError } from '../errors.ts'
import type { GatewayContext, ProviderSession } from '../graphql/context.ts'
import { idOfUnexpected, type LogUnexpected } from '../graphql/error-masking.ts'
import { createMeter, grantOf, isBound, isGranted } from '../operation.ts'
import { callerOf } from '../server/auth/authentication.ts'
import { createLifetime } from '../server/limits/operation-lifetime.ts'
import { callerKeyOf } from '../server/limits/rate-limit.ts'
import { createLimiter } from '../upstream/limiter.ts'
import type { Connected } from './connect.ts'

/** Concurrent requests of one operation to one provider, in flight or waiting for a connection; equals the number of connections. */
const MAX_CONCURRENT_REQUESTS = 32

/** Creates the context of one operation, which its resolvers share. */
export function createOperationContext(
  initial: { readonly request: Request },
  { config, connections, cursors }: Connected,
  log: LogUnexpected,
): GatewayContext {
  const sessions = new Map<string, ProviderSession>()
  const meter = createMeter({ maxRequests: config.maxUpstreamRequests, maxRows: config.maxUpstreamRows })
  const { request } = initial
  const caller = callerOf(request)
  const lifetime = createLifetime(request.signal)
  return {
    lifetime,
    scanLimit: config.scanLimit,
    cursors: isBound(caller) ? cursors.bound : cursors.unbound,
    mayRead: (provider, accounts) => isGranted(grantOf(caller, provider), accounts),
    costs: meter.costs,
    reportUnexpected: (error) => idOfUnexpected(error, log),
    session(name) {
      const connection = connections.get(name)
      if (!connection) throw new ProviderNotConfiguredError(name)
      let session = sessions.get(name)
      if (session === undefined) {
        session = connection.openSession({
          caller: callerKeyOf(request, initial),
          signal: lifetime.signal,
          meter,
          limiter: createLimiter(MAX_CONCURRENT_REQUESTS),
          grant: grantOf(caller, name),
        })
        sessions.set(name, session)
      }
      return session
    },
  }
}
