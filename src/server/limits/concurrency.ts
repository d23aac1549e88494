import type { ServerResponse } from 'node:http'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { RateLimitedError } from '../../errors.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import { callerOf } from '../auth/authentication.ts'
import { errorResponse } from '../error-response.ts'
import { refusedOperation } from './document-limits.ts'
import { callerKey } from './rate-limit.ts'

/** How long a refused caller should wait. When one of its operations ends is not known. */
const RETRY_AFTER_MS = 1000
const HEADERS = { 'retry-after': String(RETRY_AFTER_MS / 1000) }

/** Ends what was acquired; further calls do nothing. */
type Release = () => void

/** Counts what each caller has running. */
export interface Concurrency {
  /** Counts one more; null when the caller has as many as it may. */
  tryAcquire(caller: string): Release | null
}

/** @param limit how many one caller may have at a time */
export function createConcurrency(limit: number): Concurrency {
  const running = new Map<string, number>()
  return {
    tryAcquire(caller) {
      const count = running.get(caller) ?? 0
      if (count >= limit) return null
      running.set(caller, count + 1)
      let isReleased = false
      return () => {
        if (isReleased) return
        isReleased = true
        const left = running.get(caller)! - 1
        if (left === 0) running.delete(caller)
        else running.set(caller, left)
      }
    },
  }
}

export interface ConcurrencyLimits {
  /** Queries and other requests for GraphQL that one caller may have running. */
  readonly maxOperations: number
  /** Subscriptions that one caller may have open. */
  readonly maxSubscriptions: number
}

const responseOf = (context: object) => (context as { readonly res?: ServerResponse }).res

/**
 * Limits what one caller has running. An operation counts from its headers until its response has been handed over
 * completely or the caller has left, so that callers that send or read slowly count, too. A subscription counts as such
 * once it begins, and as an operation no more. What is over a limit is refused with status 429.
 */
export function useConcurrencyLimits({ maxOperations, maxSubscriptions }: ConcurrencyLimits): Plugin<GatewayContext> {
  const operations = createConcurrency(maxOperations)
  const subscriptions = createConcurrency(maxSubscriptions)
  /** What each request holds. */
  const held = new WeakMap<Request, Release>()
  /** Requests without a socket whose response is a stream. */
  const streaming = new WeakSet<Request>()

  /** Releases when the response is closed, which may have happened already. */
  function releaseWith(response: ServerResponse | undefined, release: Release): void {
    if (response === undefined) return
    if (response.closed || response.destroyed) release()
    else response.once('close', release)
  }

  const tooMany = (what: string, limit: number) =>
    new RateLimitedError(
      `One caller may have at most ${limit} ${what} running. Wait until one of them has ended.`,
      RETRY_AFTER_MS,
    )

  return {
    onRequestParse({ request, serverContext, fetchAPI, endResponse }) {
      const release = operations.tryAcquire(callerKey(callerOf(request), serverContext))
      if (release === null) {
        const error = tooMany('operations', maxOperations)
        endResponse(errorResponse(fetchAPI, request, error, { status: 429, headers: HEADERS }))
        return
      }
      held.set(request, release)
      releaseWith(responseOf(serverContext), release)
    },
    onSubscribe({ args: { contextValue: context } }) {
      const { request } = context
      const release = subscriptions.tryAcquire(callerKey(callerOf(request), context))
      if (release === null) throw refusedOperation(tooMany('subscriptions', maxSubscriptions), 429, HEADERS)
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
