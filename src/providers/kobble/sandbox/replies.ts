import type { UpstreamReply } from '../../../sandbox/server.ts'

export const UNAUTHORIZED: UpstreamReply = { status: 401, json: { message: 'Unauthorized' } }

export const NOT_FOUND: UpstreamReply = { status: 404, json: { message: 'Not Found' } }

export const METHOD_NOT_ALLOWED: UpstreamReply = { status: 405, json: { message: 'Method Not Allowed' } }

export function badRequest(message: string): UpstreamReply {
  return { status: 400, json: { message } }
}
