import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ReceivedExport, type ReceivedSpan, readJsonExports, readProtobufExports } from './otlp-messages.ts'

/** How a collector answers: with a status, or not at all. */
export type CollectorAnswer = number | 'never'

/** A collector that receives traces over OTLP/HTTP. */
export interface Collector {
  /** The value of OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string
  readonly exports: readonly ReceivedExport[]
  readonly headers: readonly IncomingHttpHeaders[]
  /** All bodies as they came, to look for texts. */
  readonly bodies: readonly Buffer[]
  answer: CollectorAnswer
  spans(): readonly ReceivedSpan[]
  forget(): void
  close(): Promise<void>
}

/** Starts a collector on loopback. */
export async function startCollector(): Promise<Collector> {
  const exports: ReceivedExport[] = []
  const headers: IncomingHttpHeaders[] = []
  const bodies: Buffer[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    headers.push(request.headers)
    bodies.push(body)
    const { answer } = collector
    if (answer === 'never') return
    if (answer === 200) {
      const isJson = request.headers['content-type'] === 'application/json'
      exports.push(...(isJson ? readJsonExports(body.toString()) : readProtobufExports(body)))
    }
    response.writeHead(request.url === '/v1/traces' ? answer : 404).end('the answer of a collector')
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const collector: Collector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exports,
    headers,
    bodies,
    answer: 200,
    spans: () => exports.flatMap(({ spans }) => spans),
    forget() {
      for (const list of [exports, headers, bodies]) list.length = 0
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return collector
}
