import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { BadRequestError } from '../errors.ts'
import { errorResponse } from './error-response.ts'

/** Returns true for Yoga's error about a body that is not JSON. It carries the parser's message, which quotes the body. */
const isUnreadableBody = (error: unknown) => error instanceof GraphQLError && 'originalError' in error.extensions

/**
 * Rejects a request whose body, variables or extensions are not JSON. Yoga itself would quote such a body, and would report
 * unreadable variables in a URL or a form as an internal error.
 */
export const useUnreadableRequest = (): Plugin => ({
  onRequestParse({ request, requestParser, setRequestParser, fetchAPI }) {
    if (!requestParser) return
    setRequestParser(async (incoming) => {
      try {
        return await requestParser(incoming)
      } catch (error) {
        const expected = isUnreadableBody(error) ? 'the body' : '"variables" and "extensions"'
        if (!(error instanceof SyntaxError || isUnreadableBody(error))) throw error
        return errorResponse(fetchAPI, request, {
          error: new BadRequestError(`Expected ${expected} to be JSON.`),
          status: 400,
        })
      }
    })
  },
})
