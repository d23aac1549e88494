export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Writes lines for the operator. Fields are what may be written down: never a secret, a URL or an upstream body. */
export type Log = Readonly<
  Record<Exclude<LogLevel, 'silent'>, (message: string, fields?: Readonly<Record<string, unknown>>) => void>
>

/** A log of JSON lines on standard error, from a level on. */
export function createLog(level: LogLevel, write: (line: string) => void = (line) => process.stderr.write(line)): Log {
  const at = (name: LogLevel) =>
    LOG_LEVELS.indexOf(name) < LOG_LEVELS.indexOf(level)
      ? () => {}
      : (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
          write(`${JSON.stringify({ time: new Date().toISOString(), level: name, message, ...fields })}\n`)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
