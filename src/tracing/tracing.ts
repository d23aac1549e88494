import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ConsoleSpanExporter,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import type { Log } from '../log.ts'
import type { Tracing } from '../operation.ts'
import { ReportingExporter, reportSdkProblems } from './export-report.ts'
import { OperationSpan } from './operation-span.ts'
import { type OtlpProtocol, readTracingSettings, type SpanDestination } from './settings.ts'
import { readTraceContext } from './trace-context.ts'

/** Name of the service and of the instrumentation. */
const NAME = 'transactions-gateway'

/** Time that a collector may take for the last spans when the process stops. */
const CLOSE_MS = 1000

export interface TracingOptions {
  readonly log: Log
  /** Sends the context of each request to the provider when true. */
  readonly sendsContext: boolean
}

/** Describes this process. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have priority. */
const createResource = (): Resource =>
  defaultResource()
    .merge(resourceFromAttributes({ 'service.name': NAME, 'service.instance.id': randomUUID() }))
    .merge(detectResources({ detectors: [envDetector] }))

/** Creates the part that exports the spans that have ended. The SDK reads its own variables, such as the endpoint. */
function createProcessor(destination: SpanDestination, protocol: OtlpProtocol, log: Log): SpanProcessor {
  if (destination === 'console') return new SimpleSpanProcessor(new ConsoleSpanExporter())
  const exporter = protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter()
  return new BatchSpanProcessor(new ReportingExporter(exporter, log))
}

/**
 * Creates the traces of this process as the variables of OpenTelemetry in `process.env` say. No tracer is registered globally.
 * @throws {ConfigError} when they cannot be used
 */
export function createTracing({ log, sendsContext }: TracingOptions): Tracing {
  const { destinations, protocol } = readTracingSettings(process.env)
  reportSdkProblems(log)
  const provider = new BasicTracerProvider({
    resource: createResource(),
    spanProcessors: destinations.map((destination) => createProcessor(destination, protocol, log)),
  })
  const tracer = provider.getTracer(NAME)
  return {
    startOperation: (headers, startedAt) =>
      new OperationSpan({ tracer, parent: readTraceContext(headers), startedAt, sendsContext }),
    async close() {
      const closed = new AbortController()
      const isLate = sleep(CLOSE_MS, true, { signal: closed.signal }).catch(() => false)
      const shutdown = provider.shutdown().then(
        () => false,
        () => false,
      )
      if (await Promise.race([shutdown, isLate])) log.warn('the last traces could not be exported in time')
      closed.abort()
    },
  }
}
