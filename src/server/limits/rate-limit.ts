import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Plugin } from 'graphql-yoga'
import { RateLimitedError } from '../../errors.ts'
import { mapAwaited } from '../../execution/promise.ts'
import { ANYONE, type Caller } from '../../operation.ts'
import { admissionOf } from '../admission.ts'
import { callerOf } from '../auth/authentication.ts'
import { errorResponse, type Rejection } from '../error-response.ts'
import { keepRecent } from '../recent-texts.ts'
import { type CreateSpend, retryAfter } from './budget.ts'

/** Returns the eight groups of an IPv6 address. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const split = (part: string) => (part === '' ? [] : part.split(':'))
  const behind = split(tail ?? '')
  const before = split(head)
  return [...before, ...Array<string>(Math.max(0, 8 - before.length - behind.length)).fill('0'), ...behind]
}

/**
 * Returns the part of an address that identifies its owner: an IPv4 address as a whole, and the first 64 bits of an IPv6
 * address, because one client controls all addresses of a /64 network.
 */
export function ownerOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address
  return `${groupsOf(address)
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

const recentOwnerOf = keepRecent(ownerOf)

/** The key of all requests without a socket, whose callers cannot be distinguished. */
export const UNKNOWN_CALLER = ''

/**
 * Returns the key under which the requests of a caller are counted: its name, or, without authentication, the owner of the socket's
 * address. All requests without a socket share one key.
 *
 * @param address the address of the socket
 */
export function callerKey(caller: Caller, address: string | undefined): string {
  if (caller !== ANYONE) return `caller ${caller.name}`
  return address === undefined ? UNKNOWN_CALLER : recentOwnerOf(address)
}

/** Returns the {@link callerKey} of a request that Yoga handles. */
export const callerKeyOf = (request: Request, serverContext: object) =>
  callerKey(callerOf(request), (serverContext as { readonly req?: IncomingMessage }).req?.socket.remoteAddress)

/** Counts a request of a caller, given its key. Returns the rejection of a request over the limit; null for any other. */
export type LimitRate = (caller: string) => Rejection | null | Promise<Rejection | null>

/**
 * Limits the rate of GraphQL requests of one caller. Without authentication, callers are distinguished by the address of their
 * socket; requests without a socket are not limited. Every accepted request counts, whatever its result.
 *
 * @param perMinute 0 for no limit
 */
export function createRateLimit(perMinute: number, createSpend: CreateSpend): LimitRate {
  if (perMinute === 0) return () => null
  const spend = createSpend('requests', perMinute)
  const rejectionOf = (waitMs: number | null): Rejection | null => {
    if (waitMs === null) return null
    const message = `More than the ${perMinute} requests allowed in a minute. Wait before the next one.`
    return { error: new RateLimitedError(message, waitMs), status: 429, headers: retryAfter(waitMs) }
  }
  return (caller) => (caller === UNKNOWN_CALLER ? null : mapAwaited(spend(caller, 1), rejectionOf))
}

/** Rejects requests over the rate limit before anything but their headers is read. Requests for other paths do not count. */
export const useRateLimit = (limitRate: LimitRate): Plugin => ({
  onRequestParse({ request, serverContext, fetchAPI, endResponse }) {
    if (admissionOf(serverContext) !== null) return
    return mapAwaited(limitRate(callerKeyOf(request, serverContext)), (rejection) => {
      if (rejection !== null) endResponse(errorResponse(fetchAPI, request, rejection))
    })
  },
})
