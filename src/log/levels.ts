export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** A level of a line. */
export type LineLevel = Exclude<LogLevel, 'silent'>

/** Returns true when a log with a level writes lines of the other level. */
export const writesAt = (level: LogLevel, line: LogLevel) => LOG_LEVELS.indexOf(line) >= LOG_LEVELS.indexOf(level)
