import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import { dedupeErrors } from '../graphql/error-masking.ts'

/** Reports a failure once for each field that it made null, instead of once for each selected field below it. */
export const useErrorDeduplication = (): Plugin => ({
  onExecute: () => ({
    onExecuteDone({ result, setResult }) {
      if (!isAsyncIterable(result)) setResult(dedupeErrors(result))
    },
  }),
})
