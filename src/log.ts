export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

type WriteLine = (message: string, fields?: Readonly<Record<string, unknown>>) => void

/** Writes log lines for the operator. Fields never contain a secret, a URL or an upstream body. */
export type Log = Readonly<Record<Exclude<LogLevel, 'silent'>, WriteLine>>

/** Returns true when a log with a level writes lines of the other level. */
export const writesAt = (level: LogLevel, line: LogLevel) => LOG_LEVELS.indexOf(line) >= LOG_LEVELS.indexOf(level)

/** Maximum number of characters that a {@link LineCollector} holds. */
const MAX_COLLECTED = 16 * 1024

/**
 * Collects lines and writes them together at the end of the turn of the event loop, because a write costs more than a line. The order
 * of lines stays.
 */
export class LineCollector {
  readonly #write: (lines: string) => void
  #lines = ''

  constructor(write: (lines: string) => void) {
    this.#write = write
  }

  add(line: string): void {
    if (this.#lines === '') setImmediate(this.flush)
    this.#lines += line
    if (this.#lines.length >= MAX_COLLECTED) this.flush()
  }

  /** Writes the collected lines at once. */
  readonly flush = () => {
    const lines = this.#lines
    this.#lines = ''
    if (lines !== '') this.#write(lines)
  }
}

/** Of this process; created with its first log. */
let stderrLines: LineCollector | null = null

/** Writes collected lines to standard error; none is lost when the process exits or fails. */
function collectStderr(): LineCollector {
  if (stderrLines !== null) return stderrLines
  stderrLines = new LineCollector((lines) => process.stderr.write(lines))
  process.on('exit', stderrLines.flush)
  // Before Node writes the error.
  process.on('uncaughtExceptionMonitor', stderrLines.flush)
  return stderrLines
}

/** Writes a line of a level. Warnings and errors are written at once, in case that the process cannot go on. */
function writeToStderr(line: string, level: LogLevel): void {
  const lines = collectStderr()
  lines.add(line)
  if (writesAt('warn', level)) lines.flush()
}

/** Creates a log of JSON lines, by default on standard error, that omits lines below a level. */
export function createLog(level: LogLevel, write: (line: string, level: LogLevel) => void = writeToStderr): Log {
  const writerFor = (name: LogLevel) =>
    !writesAt(level, name)
      ? () => {}
      : (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
          write(`${JSON.stringify({ time: new Date().toISOString(), level: name, message, ...fields })}\n`, name)
  return { debug: writerFor('debug'), info: writerFor('info'), warn: writerFor('warn'), error: writerFor('error') }
}

/** Maximum number of lines that a throttled log writes within {@link WINDOW_MS}. */
const MAX_LINES = 10
const WINDOW_MS = 10_000

/**
 * Throttles log lines: at most ten within ten seconds are written. The first line of the next window holds the number of omitted
 * lines in `unlogged`.
 */
export function throttled(write: WriteLine, now: () => number = () => performance.now()): WriteLine {
  let since = Number.NEGATIVE_INFINITY
  let lines = 0
  let unlogged = 0
  return (message, fields) => {
    if (now() - since >= WINDOW_MS) {
      since = now()
      lines = 0
    }
    if (lines >= MAX_LINES) {
      unlogged++
      return
    }
    lines++
    write(message, unlogged > 0 ? { ...fields, unlogged } : fields)
    unlogged = 0
  }
}
