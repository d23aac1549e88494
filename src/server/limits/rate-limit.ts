import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Plugin } from 'graphql-yoga'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { RateLimitedError } from '../../errors.ts'
import { ANYONE, type Caller } from '../../operation.ts'
import { callerOf } from '../auth/authentication.ts'
import { errorResponse } from '../error-response.ts'

/** The most callers that are counted at a time. */
const MAX_CALLERS = 10_000
const WINDOW_S = 60

/**
 * Counts one request of a caller.
 * @returns null when it may be answered; otherwise how long to wait, in milliseconds
 */
export type CountRequest = (caller: string) => Promise<number | null>

/**
 * Counts requests by caller, each within a minute that begins with the caller's first. The count is this process's own.
 *
 * @param maxCallers when there are more, who has been quiet for longest is forgotten, and begins anew
 */
export function createRequestCount(perMinute: number, maxCallers = MAX_CALLERS): CountRequest {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: WINDOW_S })
  // A Set keeps the order of insertion, so that who asked last stands at its end.
  const callers = new Set<string>()
  return async (caller) => {
    callers.delete(caller)
    callers.add(caller)
    if (callers.size > maxCallers) {
      const [quiet] = callers
      callers.delete(quiet!)
      await limiter.delete(quiet!)
    }
    try {
      await limiter.consume(caller)
      return null
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused
      return refused.msBeforeNext
    }
  }
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const split = (part: string) => (part === '' ? [] : part.split(':'))
  const behind = split(tail ?? '')
  const before = split(head)
  return [...before, ...Array<string>(Math.max(0, 8 - before.length - behind.length)).fill('0'), ...behind]
}

/**
 * Who an address belongs to: the address itself, and of IPv6 the first 64 bits, since everybody has all addresses behind them.
 */
export function ownerOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address
  return `${groupsOf(address)
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** The key of callers that cannot be told apart: requests without a socket. */
export const UNKNOWN_CALLER = ''

/**
 * Returns the key under which a caller's share is counted: its name, or, without authentication, the owner of the socket's
 * address. All requests without a socket share one key.
 */
export function callerKey(caller: Caller, serverContext: object): string {
  if (caller !== ANYONE) return `caller ${caller.name}`
  const { req } = serverContext as { readonly req?: IncomingMessage }
  const address = req?.socket.remoteAddress
  return address === undefined ? UNKNOWN_CALLER : ownerOf(address)
}

/**
 * Refuses a caller's requests for GraphQL when there are too many, before anything of them is read but their headers. Where
 * nobody says who they are, callers are told apart by the address of their socket. Every request counts that is let in,
 * whatever becomes of it; those for other pages do not.
 *
 * @param perMinute 0 for as many as they like
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
