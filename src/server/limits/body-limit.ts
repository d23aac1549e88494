import type { Plugin } from 'graphql-yoga'
import { RequestLimitError, UnsupportedEncodingError } from '../../errors.ts'
import { errorResponse } from '../error-response.ts'

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>

/**
 * Reads a body to its end.
 * @returns its bytes, or null when there are more than `maxBytes`; the reader then stands behind those that were too many
 * @throws what reading throws, e.g. when the caller has gone
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
 * Lets the rest of a body that nobody wants go by, so that a caller who sends all before listening hears the refusal, and the
 * next request on the connection is heard. Of a rest that is longer than `maxBytes` no more is read, so that Node soon
 * closes the connection as an idle one, with the refusal sent.
 */
async function discard(reader: Reader, maxBytes: number): Promise<void> {
  try {
    let length = 0
    while (length <= maxBytes) {
      const { done, value } = await reader.read()
      if (done) return
      length += value.byteLength
    }
    await reader.cancel()
  } catch {
    // The caller has gone, and the rest with them.
  }
}

/** True for a body that is not as it says in its media type, but packed. */
const isEncoded = (encoding: string | null) =>
  encoding?.split(',').some((coding) => !['', 'identity'].includes(coding.trim().toLowerCase())) ?? false

/**
 * Counts request bodies as they arrive, and refuses one over `maxBytes`: at once where its length is announced, and where it
 * is not, with the first byte too many. Packed bodies are refused, so that what arrives is all there is. Of a body
 * that is refused, for whatever reason, no more than twice as many bytes are taken off the wire.
 */
export function useBodyLimit(maxBytes: number): Plugin {
  const taken = new WeakSet<Request>()
  const tooLarge = new RequestLimitError(`The body has more than the ${maxBytes} bytes allowed.`)
  return {
    onRequestParse({ request, requestParser, setRequestParser, fetchAPI, endResponse }) {
      if (isEncoded(request.headers.get('content-encoding'))) {
        // RFC 7694: what would be accepted is told in the answer.
        const headers = { 'accept-encoding': 'identity' }
        endResponse(errorResponse(fetchAPI, request, new UnsupportedEncodingError(), { status: 415, headers }))
        return
      }
      if (Number(request.headers.get('content-length') ?? 0) > maxBytes) {
        endResponse(errorResponse(fetchAPI, request, tooLarge, { status: 413 }))
        return
      }
      if (!requestParser) return
      setRequestParser(async (incoming) => {
        const { url, method, headers, signal, body } = incoming
        if (!body) return requestParser(incoming)
        taken.add(request)
        const reader = body.getReader()
        const bytes = await readAtMost(reader, maxBytes).catch(() => {
          // What arrived is of no use, and nobody waits for an answer.
          throw new DOMException('The body ended early.', 'AbortError')
        })
        if (bytes === null) {
          void discard(reader, maxBytes)
          return errorResponse(fetchAPI, request, tooLarge, { status: 413 })
        }
        return requestParser(new fetchAPI.Request(url, { method, headers, signal, body: bytes }))
      })
    },
    onResponse({ request }) {
      if (request.body && !taken.has(request) && !request.body.locked) {
        void discard(request.body.getReader(), 2 * maxBytes)
      }
    },
  }
}
