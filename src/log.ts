export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

type WriteLine = (message: string, fields?: Readonly<Record<string, unknown>>) => void

/** Writes log lines for the operator. Fields never contain a secret, a URL or an upstream body. */
export type Log = Readonly<Record<Exclude<LogLevel, 'silent'>, WriteLine>>

/** Returns true when a log with a level writes lines of the other level. */
export const writesAt = (level: LogLevel, line: LogLevel) => LOG_LEVELS.indexOf(line) >= LOG_LEVELS.indexOf(level)

/** Creates a log of JSON lines on standard error that omits lines below a level. */
export function createLog(level: LogLevel, write: (line: string) => void = (line) => process.stderr.write(line)): Log {
  const writerFor = (name: LogLevel) =>
    !writesAt(level, name)
      ? () => {}
      : (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
          write(`${JSON.stringify({ time: new Date().toISOString(), level: name, message, ...fields })}\n`)
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
