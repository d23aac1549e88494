import type { LogFields } from './log/fields.ts'
import { JsonLog } from './log/json-log.ts'
import type { LineLevel, LogLevel } from './log/levels.ts'
import { createStderrWriter, type WriteLine } from './log/standard-error.ts'

export type { LogFields } from './log/fields.ts'
export { LOG_LEVELS, type LogLevel } from './log/levels.ts'
export { reloadLevelOnHangup } from './log/reload-level.ts'

type LogLine = (message: string, fields?: LogFields) => void

/** Writes log lines for the operator. Its methods need no receiver. */
export type Log = Readonly<Record<LineLevel, LogLine>>

/** A log whose level may change while the process runs. */
export interface LeveledLog extends Log {
  /** The lowest level that is written. */
  level: LogLevel
  /** Returns true when lines of a level are written. */
  readonly isEnabled: (level: LineLevel) => boolean
}

/**
 * Creates a log of JSON lines, by default on standard error, that omits lines below a level. On a terminal the lines are readable for
 * people instead.
 */
export const createLog = (level: LogLevel, write: WriteLine = createStderrWriter()): LeveledLog =>
  new JsonLog(level, write)

/** Maximum number of lines that a throttled log writes within {@link WINDOW_MS}. */
const MAX_LINES = 10
const WINDOW_MS = 10_000

/**
 * Throttles log lines: at most ten within ten seconds are written. The first line of the next window holds the number of omitted
 * lines in `unlogged`.
 */
export function throttled(write: LogLine, now: () => number = () => performance.now()): LogLine {
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
