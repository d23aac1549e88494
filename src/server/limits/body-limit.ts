import type { FetchAPI, Plugin } from 'graphql-yoga'
import { RequestLimitError, UnsupportedEncodingError } from '../../errors.ts'
import { errorResponse, type Rejection } from '../error-response.ts'
import type { HeaderReader } from '../header-reader.ts'

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>

/**
 * Reads a body to its end.
 * @returns its bytes, or null when there are more than `maxBytes`; the rest of the body is then not read
 * @throws the error of the reader, e.g. when the caller disconnects
 */
async function readAtMost(reader: Reader, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks, length)
    length += value.byteLength
    if (length > maxBytes) return null
    chunks.push(value)
  }
}

/**
 * Drains the rest of a rejected body, so that a caller who reads only after sending everything receives the error response, and
 * the connection can be used for the next request. After `maxBytes` it stops; Node then closes the connection as idle,
 * after the error response was sent. It never rejects.
 */
async function drain(reader: Reader, maxBytes: number): Promise<void> {
  try {
    let length = 0
    while (length <= maxBytes) {
      const { done, value } = await reader.read()
      if (done) return
      length += value.byteLength
    }
    await reader.cancel()
  } catch {
    // The caller has disconnected.
  }
}

/**
 * Returns the same response with `connection: close`, so that the caller sends no further request on a connection whose body is
 * not drained to its end. The response is complete for the caller at once. Its stream ends only when `drained` resolves, because
 * Node then closes the connection, and a caller who is still sending would lose the response. A response without a body is
 * returned unchanged: Node would hold its headers back until the end of the stream.
 */
async function closingResponse({ Response }: FetchAPI, response: Response, drained: Promise<void>): Promise<Response> {
  const body = Buffer.from(await response.arrayBuffer())
  if (body.byteLength === 0) return response
  const headers = new Headers(response.headers)
  headers.set('connection', 'close')
  headers.set('content-length', String(body.byteLength))
  const stream = new ReadableStream({
    async start(controller) {
      controller.enqueue(body)
      await drained
      controller.close()
    },
  })
  return new Response(stream, { status: response.status, statusText: response.statusText, headers })
}

/** Returns true for a `content-encoding` header that names a compression. */
const isEncoded = (encoding: string | null) =>
  encoding?.split(',').some((coding) => !['', 'identity'].includes(coding.trim().toLowerCase())) ?? false

/** Returns the length of a body by its headers, in bytes; 0 when it is not announced. */
const announcedLength = (headers: HeaderReader) => Number(headers.get('content-length') ?? 0)

const tooLarge = (maxBytes: number): Rejection => ({
  error: new RequestLimitError(`The body has more than the ${maxBytes} bytes allowed.`),
  status: 413,
})

/** Returns the rejection of a body by its headers: because it is compressed, or because its length exceeds `maxBytes`. */
export function bodyRejection(headers: HeaderReader, maxBytes: number): Rejection | null {
  if (isEncoded(headers.get('content-encoding'))) {
    // RFC 7694: the answer names the accepted codings.
    return { error: new UnsupportedEncodingError(), status: 415, headers: { 'accept-encoding': 'identity' } }
  }
  return announcedLength(headers) > maxBytes ? tooLarge(maxBytes) : null
}

/**
 * Rejects request bodies of more than `maxBytes`: at once when `content-length` exceeds it, otherwise at the first byte beyond
 * it. Compressed bodies are rejected, so that the bytes received are the full size. Of a rejected body at most twice `maxBytes`
 * are read from the connection. The answer to a longer one says that the connection closes, if its length was announced.
 */
export function useBodyLimit(maxBytes: number): Plugin {
  const read = new WeakSet<Request>()
  return {
    onRequestParse({ request, requestParser, setRequestParser, fetchAPI, endResponse }) {
      const rejection = bodyRejection(request.headers, maxBytes)
      if (rejection !== null) {
        endResponse(errorResponse(fetchAPI, request, rejection))
        return
      }
      if (!requestParser) return
      setRequestParser(async (incoming) => {
        const { url, method, headers, signal, body } = incoming
        if (!body) return requestParser(incoming)
        read.add(request)
        const reader = body.getReader()
        const bytes = await readAtMost(reader, maxBytes).catch(() => {
          // The caller has disconnected, so the incomplete body needs no answer.
          throw new DOMException('The body ended early.', 'AbortError')
        })
        if (bytes === null) {
          void drain(reader, maxBytes)
          return errorResponse(fetchAPI, request, tooLarge(maxBytes))
        }
        return requestParser(new fetchAPI.Request(url, { method, headers, signal, body: bytes }))
      })
    },
    onResponse({ request, response, setResponse, fetchAPI }) {
      if (!request.body || read.has(request) || request.body.locked) return
      const maxDrained = 2 * maxBytes
      const drained = drain(request.body.getReader(), maxDrained)
      if (announcedLength(request.headers) <= maxDrained) return
      return closingResponse(fetchAPI, response, drained).then(setResponse)
    },
  }
}
