import { randomUUID } from 'node:crypto'
import type { UpstreamReply } from '../../../sandbox/server.ts'
import { parseDateTime } from '../../../sandbox/timeline.ts'

export const DEFAULT_PER_PAGE = 20

export const MAX_PER_PAGE = 100

/** An answer other than 200, in the shape of the documentation's general error page. */
export class Refusal extends Error {
  readonly #status: number
  readonly #code: string
  readonly #details: Record<string, unknown>

  constructor(status: number, code: string, message: string, details: Record<string, unknown> = {}) {
    super(message)
    this.#status = status
    this.#code = code
    this.#details = details
  }

  reply(): UpstreamReply {
    return {
      status: this.#status,
      json: {
        status: 'error',
        error: { code: this.#code, message: this.message, details: this.#details },
        timestamp: new Date().toISOString(),
        requestId: `req_${randomUUID()}`,
      },
    }
  }
}

export type Query = ReturnType<typeof readQuery>

/**
 * Reads query values as strictly as the documentation allows. Invalid, unknown and repeated parameters are collected, and
 * `check()` refuses them all at once with 422.
 */
export function readQuery(values: URLSearchParams, allowed: readonly string[]) {
  const errors: { field: string; message: string; code: string; value: string }[] = []

  function refuse(field: string, message: string, code = 'invalid'): null {
    errors.push({ field, message, code, value: values.get(field) ?? '' })
    return null
  }

  for (const name of new Set(values.keys())) {
    if (!allowed.includes(name)) refuse(name, 'is not a parameter here', 'unknown')
    else if (values.getAll(name).length > 1) refuse(name, 'must be given once', 'repeated')
  }

  return {
    refuse,
    text: (name: string) => values.get(name),
    positiveInteger(name: string): number | null {
      const text = values.get(name)
      if (text === null) return null
      return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : refuse(name, 'must be a positive integer')
    },
    /** The first instant of a UTC day, in nanoseconds since 1970. */
    day(name: string): bigint | null {
      const text = values.get(name)
      if (text === null) return null
      const midnight = /^\d{4}-\d{2}-\d{2}$/.test(text) ? parseDateTime(`${text}T00:00:00Z`) : null
      return midnight ?? refuse(name, 'must be a date as YYYY-MM-DD')
    },
    oneOf<T extends string>(name: string, choices: readonly T[]): T | null {
      const text = values.get(name)
      if (text === null) return null
      return choices.find((choice) => choice === text) ?? refuse(name, `must be one of ${choices.join(', ')}`)
    },
    check() {
      if (errors.length > 0) throw new Refusal(422, 'VALIDATION_ERROR', 'Request validation failed.', { errors })
    },
  }
}
