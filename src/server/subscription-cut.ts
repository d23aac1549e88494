import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { GatewayContext } from '../graphql/context.ts'
import { EndableStream } from './endable-stream.ts'
import type { RunningOperation, RunningOperations } from './running-operations.ts'

/** Ends open subscriptions with a last event when running operations are cut: the error, then the completion. */
export const useSubscriptionCut = (running: RunningOperations): Plugin<GatewayContext> => ({
  onSubscribe: ({ args: { contextValue: context } }) => ({
    onSubscribeResult({ result, setResult }) {
      if (!isAsyncIterable(result)) return
      const subscription: RunningOperation = {
        cut(error) {
          stream.endWith({ errors: [error as never] })
          context.lifetime.end()
        },
      }
      const stream = new EndableStream(result, () => running.delete(subscription))
      running.add(subscription)
      setResult(stream)
    },
  }),
})
