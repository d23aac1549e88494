import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { UnauthenticatedError } from '../../errors.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import { ANYONE, type Caller } from '../../operation.ts'
import { EndableStream } from '../endable-stream.ts'
import { callerOf } from './authentication.ts'

/** Interval at which the credentials of open subscriptions are checked. */
const CHECK_MS = 1000

/** An open subscription with its caller. */
interface WatchedSubscription {
  readonly caller: Caller
  end(): void
}

/** Returns true when the credential is still valid; a check that throws counts as invalid. */
function isCurrent({ caller }: WatchedSubscription): boolean {
  try {
    return caller.isCurrent()
  } catch {
    return false
  }
}

/**
 * Ends subscriptions within a second after their key or token expires or is removed. The last event carries an
 * `UNAUTHENTICATED` error.
 */
export function useCredentialWatch(): Plugin<GatewayContext> {
  const open = new Set<WatchedSubscription>()
  let timer: NodeJS.Timeout | undefined

  function check(): void {
    for (const subscription of open) if (!isCurrent(subscription)) subscription.end()
  }

  function watch(subscription: WatchedSubscription): void {
    open.add(subscription)
    timer ??= setInterval(check, CHECK_MS).unref()
  }

  function unwatch(subscription: WatchedSubscription): void {
    open.delete(subscription)
    if (open.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    onSubscribe({ args: { contextValue: context } }) {
      const caller = callerOf(context.request)
      if (caller === ANYONE) return
      return {
        onSubscribeResult({ result, setResult }) {
          if (!isAsyncIterable(result)) return
          const subscription: WatchedSubscription = {
            caller,
            end() {
              stream.endWith({ errors: [new UnauthenticatedError('ended') as never] })
              context.lifetime.end()
            },
          }
          const stream = new EndableStream(result, () => unwatch(subscription))
          watch(subscription)
          setResult(stream)
        },
      }
    },
  }
}
