import type { Plugin } from 'graphql-yoga'
import type { AuthSettings } from '../../config.ts'
import { AuthenticationUnavailableError, UnauthenticatedError } from '../../errors.ts'
import { traceOf } from '../../graphql/error-masking.ts'
import type { Log } from '../../log.ts'
import { ANYONE, type Caller } from '../../operation.ts'
import { errorResponse } from '../error-response.ts'
import { createApiKeys } from './api-keys.ts'
import { createJwt } from './jwt.ts'

/** The longest key or token that is looked at, in characters; Node takes no longer header anyway. */
const MAX_LENGTH = 16 * 1024
const BEARER = /^Bearer +([\w.~+/-]+=*)$/i
/** The challenge of RFC 6750. */
const CHALLENGE = 'Bearer realm="transactions-gateway"'

/**
 * Finds out who asks.
 * @throws {UnauthenticatedError} when nothing says so, or what does is not good
 * @throws {AuthenticationUnavailableError} when it cannot be found out now
 */
export type Authenticate = (headers: Headers) => Caller | Promise<Caller>

export interface AuthenticationOptions {
  readonly settings: AuthSettings
  /** The values of the enum `Provider`, which grants may name. */
  readonly providers: readonly string[]
  readonly log: Log
}

/** What a request has to show. Two that differ are as good as none: it would be unclear whose the request is. */
function credentialOf(headers: Headers, sentAs: 'key' | 'token'): string {
  const authorization = headers.get('authorization')
  const given = new Set<string>()
  // Another scheme is for somebody in front of the gateway.
  if (authorization !== null && /^Bearer\b/i.test(authorization)) given.add(BEARER.exec(authorization)?.[1] ?? '')
  const apiKey = sentAs === 'key' ? headers.get('x-api-key') : null
  if (apiKey !== null) given.add(apiKey)
  const [credential] = given
  if (credential === undefined) throw new UnauthenticatedError('missing')
  if (given.size > 1) throw new UnauthenticatedError('invalid', 'two that differ')
  // Nothing is no key, even where the key file has the hash of it.
  if (credential === '' || credential.length > MAX_LENGTH) throw new UnauthenticatedError('invalid', 'malformed')
  return credential
}

/**
 * How callers are told apart, as AUTH_MODE says.
 * @throws {ConfigError} when the file of keys, or of the key, cannot be used
 */
export function createAuthenticate({ settings, providers, log }: AuthenticationOptions): Authenticate {
  if (settings.mode === 'none') return () => ANYONE
  if (settings.mode === 'api-key') {
    const callerWith = createApiKeys({ file: settings.keysFile, providers, log })
    return (headers) => callerWith(credentialOf(headers, 'key'))
  }
  const callerWith = createJwt({ settings, providers, log })
  return (headers) => callerWith(credentialOf(headers, 'token'))
}

const callers = new WeakMap<Request, Caller>()

/**
 * Who sent a request that {@link useAuthentication} has let in.
 * @throws {Error} when it has not, so that nothing is answered by mistake
 */
export function callerOf(request: Request): Caller {
  const caller = callers.get(request)
  if (!caller) throw new Error('A request came past authentication.')
  return caller
}

/**
 * Answers whoever may not come in, before anything of the request is read but its headers. It knows no addresses: plugins in
 * front of it are open to everybody, and what comes behind it is not.
 */
export function useAuthentication(authenticate: Authenticate, log: Log): Plugin {
  return {
    async onRequest({ request, fetchAPI, endResponse }) {
      try {
        callers.set(request, await authenticate(request.headers))
      } catch (error) {
        if (error instanceof UnauthenticatedError) {
          const challenge = error.kind === 'missing' ? CHALLENGE : `${CHALLENGE}, error="invalid_token"`
          endResponse(
            errorResponse(fetchAPI, request, error, { status: 401, headers: { 'www-authenticate': challenge } }),
          )
          return
        }
        // Whatever else happens here is shown to nobody, and lets nobody in.
        const known = error instanceof AuthenticationUnavailableError
        if (!known) log.error('unexpected error', { ...traceOf(error) })
        const shown = known ? error : new AuthenticationUnavailableError()
        endResponse(errorResponse(fetchAPI, request, shown, { status: 503 }))
      }
    },
  }
}
