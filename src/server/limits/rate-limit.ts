import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Plugin } from 'graphql-yoga'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { RateLimitedError } from '../../errors.ts'
import { ANYONE, type Caller } from '../../operation.ts'
import { callerOf } from '../auth/authentication.ts'
import { errorResponse } from '../error-response.ts'

/** Maximum number of callers that are counted. */
const MAX_CALLERS = 10_000
const WINDOW_S = 60

/**
 * Counts one request of a caller.
 * @returns null when the request is within the limit; otherwise the time to wait, in milliseconds
 */
export type CountRequest = (caller: string) => Promise<number | null>

/**
 * Counts requests by caller in windows of a minute that begin with the caller's first request. Counts are not shared between
 * processes.
 *
 * @param maxCallers with more callers, the least recently active one is evicted (LRU) and starts a new window
 */
export function createRequestCount(perMinute: number, maxCallers = MAX_CALLERS): CountRequest {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: WINDOW_S })
  // A Set keeps the order of insertion, so the least recently active caller is first.
  const callers = new Set<string>()
  return async (caller) => {
    callers.delete(caller)
    callers.add(caller)
    if (callers.size > maxCallers) {
      const [oldest] = callers
      callers.delete(oldest!)
      await limiter.delete(oldest!)
    }
    try {
      await limiter.consume(caller)
      return null
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) throw rejection
      return rejection.msBeforeNext
    }
  }
}

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

/** The key of all requests without a socket, whose callers cannot be distinguished. */
export const UNKNOWN_CALLER = ''

/**
 * Returns the key under which the requests of a caller are counted: its name, or, without authentication, the owner of the socket's
 * address. All requests without a socket share one key.
 */
export function callerKey(caller: Caller, serverContext: object): string {
  if (caller !== ANYONE) return `caller ${caller.name}`
  const { req } = serverContext as { readonly req?: IncomingMessage }
  const address = req?.socket.remoteAddress
  return address === undefined ? UNKNOWN_CALLER : ownerOf(address)
}

/**
 * Limits the rate of GraphQL requests of one caller. A request over the limit is rejected before anything but its headers is
 * read. Without authentication, callers are distinguished by the address of their socket. Every accepted request counts,
 * whatever its result; requests for other paths do not.
 *
 * @param perMinute 0 for no limit
 */
export function useRateLimit(perMinute: number): Plugin {
  if (perMinute === 0) return {}
  const count = createRequestCount(perMinute)
  return {
    async onRequestParse({ request, serverContext, fetchAPI, endResponse }) {
      const caller = callerKey(callerOf(request), serverContext)
      const waitMs = caller === UNKNOWN_CALLER ? null : await count(caller)
      if (waitMs === null) return
      const headers = { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) }
      const message = `More than the ${perMinute} requests allowed in a minute. Wait before the next one.`
      const error = new RateLimitedError(message, waitMs)
      endResponse(errorResponse(fetchAPI, request, error, { status: 429, headers }))
    },
  }
}
