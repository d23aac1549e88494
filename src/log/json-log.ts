import { type Logger, pino } from 'pino'
import { type LogFields, SECRET_NAMES } from './fields.ts'
import type { LineLevel, LogLevel } from './levels.ts'
import type { WriteLine } from './standard-error.ts'

const NO_FIELDS: LogFields = {}

/** Returns a function that returns the member with the time. Making the text costs as much as the rest of a short line. */
function createTimeMember(): () => string {
  let lastMs = Number.NaN
  let member = ''
  return () => {
    const now = Date.now()
    if (now !== lastMs) {
      lastMs = now
      member = `,"time":"${new Date(now).toISOString()}"`
    }
    return member
  }
}

/** Writes lines of JSON from a level on, which may change. Its methods need no receiver. */
export class JsonLog {
  readonly #logger: Logger
  /** The level of the line that is being written. */
  #line: LineLevel = 'info'

  constructor(level: LogLevel, write: WriteLine) {
    const options = {
      level,
      // The process writes one log, so its id and host say nothing.
      base: null,
      messageKey: 'message',
      timestamp: createTimeMember(),
      formatters: { level: (name: string) => ({ level: name }) },
      redact: SECRET_NAMES.map((name) => `["${name}"]`),
    }
    this.#logger = pino(options, { write: (line: string) => write(line, this.#line) })
  }

  get level(): LogLevel {
    return this.#logger.level as LogLevel
  }

  set level(level: LogLevel) {
    this.#logger.level = level
  }

  /** Returns true when lines of the level are written. */
  readonly isEnabled = (level: LineLevel): boolean => this.#logger.isLevelEnabled(level)

  readonly debug = (message: string, fields?: LogFields): void => this.#add('debug', message, fields)
  readonly info = (message: string, fields?: LogFields): void => this.#add('info', message, fields)
  readonly warn = (message: string, fields?: LogFields): void => this.#add('warn', message, fields)
  readonly error = (message: string, fields?: LogFields): void => this.#add('error', message, fields)

  #add(level: LineLevel, message: string, fields: LogFields = NO_FIELDS): void {
    this.#line = level
    this.#logger[level](fields, message)
  }
}
