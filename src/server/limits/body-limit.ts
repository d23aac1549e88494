import type { Plugin } from 'graphql-yoga'
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
 * after the error response was sent.
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

/** Returns true for a `content-encoding` header that names a compression. */
const isEncoded = (encoding: string | null) =>
  encoding?.split(',').some((coding) => !['', 'identity'].includes(coding.trim().toLowerCase())) ?? false

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
  return Number(headers.get('content-length') ?? 0) > maxBytes ? tooLarge(maxBytes) : null
}

/**
 * Rejects request bodies of more than `maxBytes`: at once when `content-length` exceeds it, otherwise at the first byte beyond
 * it. Compressed bodies are rejected, so that the bytes received are the full size. Of a rejected body at most twice `maxBytes`
 * are read from the connection.
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
    onResponse({ request }) {
      if (request.body && !read.has(request) && !request.body.locked) {
        void drain(request.body.getReader(), 2 * maxBytes)
      }
    },
  }
}
