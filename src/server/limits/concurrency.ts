import type { ServerResponse } from 'node:http'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { RateLimitedError } from '../../errors.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import { admissionOf } from '../admission.ts'
import { errorResponse, type Rejection } from '../error-response.ts'
import { operationError } from './document-limits.ts'
import { callerKeyOf } from './rate-limit.ts'

/** Time that a rejected caller should wait. It is fixed, because the end of a running operation is not known. */
const RETRY_AFTER_MS = 1000
const HEADERS = { 'retry-after': String(RETRY_AFTER_MS / 1000) }

/** Releases a permit; further calls do nothing. */
export type Release = () => void

/** Counting semaphores, one for each caller. */
export interface Concurrency {
  /** Acquires a permit for a caller; null when the caller has none left. */
  tryAcquire(caller: string): Release | null
  /** Returns the number of permits that all callers hold. */
  count(): number
}

/** @param limit permits of one caller */
export function createConcurrency(limit: number): Concurrency {
  const running = new Map<string, number>()
  let total = 0
  return {
    count: () => total,
    tryAcquire(caller) {
      const count = running.get(caller) ?? 0
      if (count >= limit) return null
      running.set(caller, count + 1)
      total++
      let isReleased = false
      return () => {
        if (isReleased) return
        isReleased = true
        total--
        const left = running.get(caller)! - 1
        if (left === 0) running.delete(caller)
        else running.set(caller, left)
      }
    },
  }
}

const tooManyError = (kind: string, limit: number) =>
  new RateLimitedError(
    `One caller may have at most ${limit} ${kind} running. Wait until one of them has ended.`,
    RETRY_AFTER_MS,
  )

/** Acquires a permit for a running operation of a caller, given its key; or returns the rejection of one too many. */
export type AcquirePermit = (caller: string) => Release | Rejection

/**
 * @param operations limits the operations of each caller
 * @param maxOperations that limit, for the message of a rejection
 */
export function createOperationPermits(operations: Concurrency, maxOperations: number): AcquirePermit {
  return (caller) =>
    operations.tryAcquire(caller) ?? {
      error: tooManyError('operations', maxOperations),
      status: 429,
      headers: HEADERS,
    }
}

/** Releases a permit when the response is closed, which may have happened already. */
function releaseWith(response: ServerResponse | undefined, release: Release): void {
  if (response === undefined) return
  if (response.closed || response.destroyed) release()
  else response.once('close', release)
}

const responseOf = (context: object) => (context as { readonly res?: ServerResponse }).res

/**
 * Limits the concurrent operations of one caller. An operation counts from its headers until its response was sent completely
 * or the caller has disconnected, so that callers that send or read slowly are included. A subscription counts as an operation
 * only until it starts. Requests over a limit are rejected with status 429.
 *
 * @param subscriptions limits the subscriptions of each caller
 * @param maxSubscriptions that limit, for the message of a rejection
 */
export function useConcurrencyLimits(
  acquire: AcquirePermit,
  subscriptions: Concurrency,
  maxSubscriptions: number,
): Plugin<GatewayContext> {
  /** The release of the permit that each request holds. */
  const held = new WeakMap<Request, Release>()
  /** Requests without a socket whose response is a stream. */
  const streaming = new WeakSet<Request>()

  return {
    onRequestParse({ request, serverContext, fetchAPI, endResponse }) {
      const admission = admissionOf(serverContext)
      if (admission !== null) {
        held.set(request, admission.release)
        return
      }
      const acquired = acquire(callerKeyOf(request, serverContext))
      if (typeof acquired !== 'function') {
        endResponse(errorResponse(fetchAPI, request, acquired))
        return
      }
      held.set(request, acquired)
      releaseWith(responseOf(serverContext), acquired)
    },
    onSubscribe({ args: { contextValue: context } }) {
      const { request } = context
      const release = subscriptions.tryAcquire(callerKeyOf(request, context))
      if (release === null) throw operationError(tooManyError('subscriptions', maxSubscriptions), 429, HEADERS)
      held.get(request)?.()
      held.set(request, release)
      releaseWith(responseOf(context), release)
      return {
        onSubscribeResult({ result }) {
          if (!isAsyncIterable(result)) return
          streaming.add(request)
          return { onEnd: release }
        },
      }
    },
    onResponse({ request, serverContext }) {
      // With a socket, the response is still to be sent.
      if (responseOf(serverContext) === undefined && !streaming.has(request)) held.get(request)?.()
    },
  }
}
