import { type DiagLogFunction, type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api'
import { type ExportResult, ExportResultCode, setGlobalErrorHandler } from '@opentelemetry/core'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { Log } from '../log.ts'
import { networkCodeOf } from '../upstream/cause.ts'

/** The shortest time between two lines about exports that fail. */
const LINE_INTERVAL_MS = 60_000

/** The exporter's own failures, which have a fixed message and no code. */
const FAILURES: ReadonlyMap<string, string> = new Map([
  ['Request timed out', 'TIMEOUT'],
  // Status 429, 502, 503 or 504.
  ['Export failed with retryable status', 'UNAVAILABLE'],
])

/** Returns why an export failed, as a code that can be logged: the status of the collector's answer, or the code of the network. */
function exportFailureOf(error: Error | undefined): string {
  if (error === undefined) return 'UNKNOWN'
  if ('code' in error && typeof error.code === 'number') return String(error.code)
  return networkCodeOf(error) ?? FAILURES.get(error.message) ?? 'UNKNOWN'
}

/**
 * Reports exports that fail, with a code, at most once a minute, and when they succeed again. The messages of errors may hold the
 * address of the collector or its answer, so they are not logged.
 */
export class ReportingExporter implements SpanExporter {
  readonly #exporter: SpanExporter
  readonly #log: Log
  #isFailing = false
  #lostSpans = 0
  #reportedAt = Number.NEGATIVE_INFINITY

  constructor(exporter: SpanExporter, log: Log) {
    this.#exporter = exporter
    this.#log = log
  }

  export(spans: ReadableSpan[], onResult: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      if (result.code === ExportResultCode.SUCCESS) this.#reportSuccess()
      else this.#reportFailure(spans.length, result.error)
      // A failure has been reported, so that the SDK has nothing to add.
      onResult({ code: ExportResultCode.SUCCESS })
    })
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.()
  }

  #reportSuccess(): void {
    if (!this.#isFailing) return
    this.#isFailing = false
    this.#reportedAt = Number.NEGATIVE_INFINITY
    this.#log.info('traces are exported again')
  }

  #reportFailure(spans: number, error: Error | undefined): void {
    this.#isFailing = true
    this.#lostSpans += spans
    if (performance.now() - this.#reportedAt < LINE_INTERVAL_MS) return
    this.#reportedAt = performance.now()
    this.#log.warn('traces could not be exported', { cause: exportFailureOf(error), lostSpans: this.#lostSpans })
    this.#lostSpans = 0
  }
}

/** Names of variables, which messages of the SDK may contain beside their values. */
const VARIABLES = /\bOTEL_[A-Z_]+\b/g

/**
 * Receives the messages of the SDK. They may contain values of variables, addresses and answers. So only those about variables are
 * logged, by the names in them.
 */
export function reportSdkProblems(log: Log): void {
  const reported = new Set<string>()
  const report: DiagLogFunction = (message) => {
    for (const variable of message.match(VARIABLES) ?? []) {
      if (reported.has(variable)) continue
      reported.add(variable)
      log.warn('a variable of OpenTelemetry cannot be used', { variable })
    }
  }
  const ignore: DiagLogFunction = () => {}
  const logger: DiagLogger = { error: report, warn: report, info: ignore, debug: ignore, verbose: ignore }
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  setGlobalErrorHandler((error) => report(error instanceof Error ? error.message : String(error)))
}
