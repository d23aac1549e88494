export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

type WriteLine = (message: string, fields?: Readonly<Record<string, unknown>>) => void

/** Writes lines for the operator. Fields are what may be written down: never a secret, a URL or an upstream body. */
export type Log = Readonly<Record<Exclude<LogLevel, 'silent'>, WriteLine>>

/** Returns true when a log of a level writes lines of another one. */
export const writesAt = (level: LogLevel, line: LogLevel) => LOG_LEVELS.indexOf(line) >= LOG_LEVELS.indexOf(level)

/** A log of JSON lines on standard error, from a level on. */
export function createLog(level: LogLevel, write: (line: string) => void = (line) => process.stderr.write(line)): Log {
  const at = (name: LogLevel) =>
    !writesAt(level, name)
      ? () => {}
      : (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
          write(`${JSON.stringify({ time: new Date().toISOString(), level: name, message, ...fields })}\n`)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Lines of one kind that a throttled log writes within {@link WINDOW_MS}. */
const LINES = 10
const WINDOW_MS = 10_000

/**
 * Limits lines that come in bulk: at most ten within ten seconds are written. The first one after that says in `unlogged` how
 * many were left out.
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
    if (lines >= LINES) {
      unlogged++
      return
    }
    lines++
    write(message, unlogged > 0 ? { ...fields, unlogged } : fields)
    unlogged = 0
  }
}
