import type { Plugin } from 'graphql-yoga'
import { BadRequestError } from '../errors.ts'
import { refusal } from './refusal.ts'

/**
 * Refuses a request whose variables or extensions are not JSON. Yoga itself only says so of bodies that are JSON, and takes
 * what stands in an address or in a form for a fault of its own.
 */
export const unreadableRequest: Plugin = {
  onRequestParse({ request, requestParser, setRequestParser, fetchAPI }) {
    if (!requestParser) return
    setRequestParser(async (incoming) => {
      try {
        return await requestParser(incoming)
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        const fault = new BadRequestError('Expected "variables" and "extensions" to be JSON.')
        return refusal(fetchAPI, request, fault, { status: 400 })
      }
    })
  },
}
