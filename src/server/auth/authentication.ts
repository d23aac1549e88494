import type { Plugin } from 'graphql-yoga'
import type { AuthSettings } from '../../config.ts'
import { AuthenticationUnavailableError, UnauthenticatedError } from '../../errors.ts'
import { traceOf } from '../../graphql/error-masking.ts'
import type { Log } from '../../log.ts'
import { ANYONE, type Caller } from '../../operation.ts'
import type { NetworkSettings } from '../../upstream/dispatcher.ts'
import { admissionOf } from '../admission.ts'
import { errorResponse, type Rejection } from '../error-response.ts'
import type { HeaderReader } from '../header-reader.ts'
import { requestIdOf } from '../request-id.ts'
import { createApiKeys } from './api-keys.ts'
import { readPublicKey } from './public-keys.ts'

/** Maximum length of a key or token, in characters; Node accepts no longer header. */
const MAX_LENGTH = 16 * 1024
const BEARER = /^Bearer +([\w.~+/-]+=*)$/i
/** The `www-authenticate` challenge of RFC 6750. */
const CHALLENGE = 'Bearer realm="transactions-gateway"'

/**
 * Returns the caller of a request.
 * @throws {UnauthenticatedError} when credentials are missing or not accepted
 * @throws {AuthenticationUnavailableError} when credentials cannot be checked at the moment
 */
export type Authenticate = (headers: HeaderReader) => Caller | Promise<Caller>

export interface AuthenticationOptions {
  readonly settings: AuthSettings
  /** The values of the enum `Provider`, which grants may name. */
  readonly providers: readonly string[]
  readonly log: Log
  /** How the issuer of tokens is reached; directly by default. */
  readonly network?: NetworkSettings
}

/**
 * Extracts the credential from the headers of a request. Two different credentials are rejected as ambiguous.
 * @throws {UnauthenticatedError} when there is no credential, or it is ambiguous or malformed
 */
function extractCredential(headers: HeaderReader, sentAs: 'key' | 'token'): string {
  const authorization = headers.get('authorization')
  const given = new Set<string>()
  // Other schemes are for a proxy in front of the gateway.
  if (authorization !== null && /^Bearer\b/i.test(authorization)) given.add(BEARER.exec(authorization)?.[1] ?? '')
  const apiKey = sentAs === 'key' ? headers.get('x-api-key') : null
  if (apiKey !== null) given.add(apiKey)
  const [credential] = given
  if (credential === undefined) throw new UnauthenticatedError('missing')
  if (given.size > 1) throw new UnauthenticatedError('invalid', 'two that differ')
  // Rejects the empty text even if the key file contains its hash.
  if (credential === '' || credential.length > MAX_LENGTH) throw new UnauthenticatedError('invalid', 'malformed')
  return credential
}

/**
 * Creates the authentication of AUTH_MODE.
 * @throws {ConfigError} when the file with the keys, or with the public key, cannot be used
 */
export function createAuthenticate({ settings, providers, log, network }: AuthenticationOptions): Authenticate {
  if (settings.mode === 'none') return () => ANYONE
  if (settings.mode === 'api-key') {
    const callerWith = createApiKeys({ file: settings.keysFile, providers, log })
    return (headers) => callerWith(extractCredential(headers, 'key'))
  }
  const keys = 'url' in settings.keys ? settings.keys : readPublicKey(settings.keys.file)
  const keySet = network === undefined ? {} : { network }
  // Loaded only in this mode, for a faster start in the others.
  const loading = import('./jwt.ts').then(({ createJwt }) => createJwt({ settings, keys, providers, log, keySet }))
  return async (headers) => {
    const token = extractCredential(headers, 'token')
    const callerWith = await loading
    return callerWith(token)
  }
}

const callers = new WeakMap<Request, Caller>()

/**
 * Returns the caller of a request that {@link useAuthentication} has accepted.
 * @throws {Error} when the request has not been authenticated, so that it fails closed
 */
export function callerOf(request: Request): Caller {
  const caller = callers.get(request)
  if (!caller) throw new Error('The request has not been authenticated.')
  return caller
}

/**
 * Returns the rejection of a request whose authentication failed. An unexpected error rejects the request, too; it is logged and
 * not shown to the caller.
 */
export function authenticationRejection(error: unknown, log: Log, requestId: string): Rejection {
  if (error instanceof UnauthenticatedError) {
    const challenge = error.kind === 'missing' ? CHALLENGE : `${CHALLENGE}, error="invalid_token"`
    return { error, status: 401, headers: { 'www-authenticate': challenge } }
  }
  if (error instanceof AuthenticationUnavailableError) return { error, status: 503 }
  log.error('unexpected error', { requestId, ...traceOf(error) })
  return { error: new AuthenticationUnavailableError(), status: 503 }
}

/**
 * Rejects requests without valid credentials, before anything but their headers is read. It applies to every path: plugins
 * before it are open to everybody, plugins after it are protected.
 */
export function useAuthentication(authenticate: Authenticate, log: Log): Plugin {
  return {
    async onRequest({ request, serverContext, fetchAPI, endResponse }) {
      const admission = admissionOf(serverContext)
      if (admission !== null) {
        callers.set(request, admission.caller)
        return
      }
      try {
        callers.set(request, await authenticate(request.headers))
      } catch (error) {
        endResponse(errorResponse(fetchAPI, request, authenticationRejection(error, log, requestIdOf(request))))
      }
    },
  }
}
