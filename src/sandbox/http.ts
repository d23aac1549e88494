import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Fault, UpstreamReply, UpstreamRequest } from './server.ts'

/**
 * Returns a request without its body, which is read later. `inside` is false for a request outside the base path; its path is
 * then the whole one.
 */
export function parseRequest(
  incoming: IncomingMessage,
  basePath: string,
): { request: UpstreamRequest; inside: boolean } {
  // Not parsed with URL, which would resolve dot segments and so hide the real request target.
  const target = incoming.url ?? '/'
  const mark = target.includes('?') ? target.indexOf('?') : target.length
  const path = decodePath(target.slice(0, mark))
  const inside = path === basePath || path.startsWith(`${basePath}/`)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value)
  return {
    request: {
      method: incoming.method ?? 'GET',
      path: inside ? path.slice(basePath.length) || '/' : path,
      query: new URLSearchParams(target.slice(mark + 1)),
      headers,
      body: '',
    },
    inside,
  }
}

/** Sends a reply as its fault demands. */
export function respond(response: ServerResponse, reply: UpstreamReply, fault: Fault | null): void {
  switch (fault?.kind) {
    case 'reset':
      response.socket?.destroy()
      break
    case 'hang':
      break
    case 'delay': {
      const timer = setTimeout(() => send(response, reply), fault.delayMs)
      response.on('close', () => clearTimeout(timer))
      break
    }
    case 'truncate': {
      const body = writeHead(response, reply)
      response.write(body.subarray(0, body.length / 2), () => response.socket?.destroy())
      break
    }
    default:
      send(response, reply)
  }
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function writeHead(response: ServerResponse, reply: UpstreamReply): Buffer {
  const body = Buffer.from(reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json)))
  const type = reply.text === undefined ? 'application/json' : 'text/plain; charset=utf-8'
  response.writeHead(reply.status, {
    ...(body.length > 0 && { 'content-type': type }),
    'content-length': body.length,
    ...lowerCaseNames(reply.headers),
  })
  return body
}

function lowerCaseNames(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function send(response: ServerResponse, reply: UpstreamReply): void {
  response.end(writeHead(response, reply))
}
