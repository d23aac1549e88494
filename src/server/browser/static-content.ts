import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FetchAPI } from 'graphql-yoga'

/** Minimum size of bodies that are compressed; smaller ones fit into one packet uncompressed. */
const MIN_COMPRESSED = 1400

/** Compression functions, best first. Higher quality would save a few percent and take seconds for megabytes. */
const CODINGS = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
  gzip: (bytes: Buffer) => promisify(gzip)(bytes, { level: 6 }),
}
type Coding = keyof typeof CODINGS

export interface StaticContentOptions {
  readonly type: string
  readonly body: string | Buffer
  readonly cacheControl: string
  /** Additional response headers. */
  readonly headers?: Readonly<Record<string, string>>
  /** Request headers that select this content. */
  readonly vary?: readonly string[]
}

/** A body that is the same for every request. */
export interface StaticContent {
  /** A short hash of the body. */
  readonly hash: string
  /**
   * Answers GET and HEAD: compressed when the request accepts it, and with status 304 when `if-none-match` names its tag. A
   * body is compressed once, on its first request, outside of the main thread.
   */
  answer(request: Request, fetchAPI: FetchAPI): Promise<Response>
}

/** Returns the best coding that an `accept-encoding` header allows; null when it allows none. */
export function codingFor(accepted: string | null): Coding | null {
  const weights = new Map(
    (accepted ?? '').split(',').map((range) => {
      const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
      const weight = parameters.find((parameter) => parameter.startsWith('q='))
      return [name, weight === undefined ? 1 : Number(weight.slice(2))]
    }),
  )
  let best: { readonly coding: Coding; readonly weight: number } | null = null
  for (const coding of Object.keys(CODINGS) as Coding[]) {
    const weight = weights.get(coding) ?? weights.get('*') ?? 0
    if (weight > (best?.weight ?? 0)) best = { coding, weight }
  }
  return best?.coding ?? null
}

/** Returns true when an `if-none-match` header names a tag. Caches on the way may have made it a weak one. */
const isNamedIn = (tags: string | null, tag: string) =>
  tags?.split(',').some((named) => ['*', tag, `W/${tag}`].includes(named.trim())) ?? false

/**
 * Creates static content from a body. Answers to operations are never compressed: they contain secrets beside text that an
 * attacker may choose, so their compressed size could reveal the secrets (BREACH).
 */
export function createStaticContent(options: StaticContentOptions): StaticContent {
  const { type, cacheControl, headers = {}, vary = [] } = options
  const bytes = Buffer.from(options.body)
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 16)
  const compressed = new Map<Coding, Promise<Buffer<ArrayBuffer>>>()
  const compress = (coding: Coding) => {
    const known = compressed.get(coding) ?? CODINGS[coding](bytes)
    compressed.set(coding, known)
    return known
  }
  return {
    hash,
    async answer(request, { Response }) {
      const coding = bytes.length < MIN_COMPRESSED ? null : codingFor(request.headers.get('accept-encoding'))
      const tag = coding === null ? `"${hash}"` : `"${hash}-${coding}"`
      const common = {
        ...headers,
        'cache-control': cacheControl,
        etag: tag,
        vary: [...vary, 'Accept-Encoding'].join(', '),
      }
      if (isNamedIn(request.headers.get('if-none-match'), tag)) {
        return new Response(null, { status: 304, headers: common })
      }
      const body = coding === null ? bytes : await compress(coding)
      return new Response(request.method === 'HEAD' ? null : body, {
        headers: {
          ...common,
          'content-type': type,
          'content-length': String(body.length),
          ...(coding && { 'content-encoding': coding }),
        },
      })
    },
  }
}
