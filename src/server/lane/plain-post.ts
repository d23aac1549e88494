import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CorsHeaders } from '../browser/cors.ts'
import type { NodeHeaders } from '../header-reader.ts'
import { bodyRejection } from '../limits/body-limit.ts'
import { keepRecent } from '../recent-texts.ts'

/** The bytes of a body. */
export type Body = Buffer<ArrayBuffer>

/** A request with its response. */
export interface Incoming {
  /** Identifies the request in the log. */
  readonly requestId: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** A plain POST, and what its headers say of the answer. */
export interface PlainPost extends Incoming {
  readonly headers: NodeHeaders
  /** The media type of a result. */
  readonly mediaType: string
  readonly cors: CorsHeaders
}

const PATH = '/graphql'

/** The spellings of JSON that clients send. Yoga accepts more, and answers every other type. */
const JSON_TYPES = new Set(['application/json', 'application/json; charset=utf-8', 'application/json;charset=utf-8'])

/** The media types of a result, in the order in which Yoga prefers them when a range allows both. */
const RESULT_TYPES = ['application/json', 'application/graphql-response+json']

const isInRange = (type: string, range: string) => range === type || range === '*/*' || range === 'application/*'

function findResultType(accept: string): string | null {
  const ranges = accept.replaceAll(/\s/g, '').toLowerCase().split(',')
  for (const range of ranges) {
    const [name = '', ...parameters] = range.split(';')
    const charset = parameters.find((parameter) => parameter.includes('charset=')) ?? 'charset=utf-8'
    const type = charset === 'charset=utf-8' ? RESULT_TYPES.find((type) => isInRange(type, name)) : undefined
    if (type !== undefined) return type
  }
  return null
}

const recentResultType = keepRecent(findResultType)

/** Returns the media type of a result that `accept` allows, as Yoga chooses it; null when it allows none. */
export const resultType = (accept: string | null) => recentResultType(accept || '*/*')

/**
 * Returns true for a POST of JSON whose length is announced and within the limit, with no header that asks for more than a
 * result: no coding, no stream of events.
 */
export function isPlainPost({ method, url }: IncomingMessage, headers: NodeHeaders, maxBodyBytes: number): boolean {
  return (
    method === 'POST' &&
    url === PATH &&
    JSON_TYPES.has(headers.get('content-type') ?? '') &&
    headers.get('content-length') !== null &&
    headers.get('transfer-encoding') === null &&
    bodyRejection(headers, maxBodyBytes) === null
  )
}

/** Reads a body to its end. Returns null when the caller disconnects before. */
export function readBody(request: IncomingMessage): Promise<Body | null> {
  if (request.destroyed) return Promise.resolve(null)
  return new Promise((resolve) => {
    let body: Body | null = null
    let more: Body[] | null = null
    request.on('data', (chunk: Body) => {
      // Most bodies arrive in one chunk, which needs no copy.
      if (body === null) body = chunk
      else if (more === null) more = [body, chunk]
      else more.push(chunk)
    })
    request.once('end', () => resolve(more === null ? (body ?? Buffer.alloc(0)) : Buffer.concat(more)))
    // Also called after the end, when the promise has been resolved.
    request.once('close', () => resolve(null))
  })
}
