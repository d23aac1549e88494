import { createRequire } from 'node:module'
import type { PrettyOptions } from 'pino-pretty'
import { type LogLevel, writesAt } from './levels.ts'
import { LineCollector } from './line-collector.ts'

/** Writes a line of JSON, which ends with a line break. */
export type WriteLine = (line: string, level: LogLevel) => void

/** Of this process; created with its first log. */
let stderrLines: LineCollector | null = null

/** Collects lines for standard error; none is lost when the process exits or fails. */
function collectStderr(): LineCollector {
  if (stderrLines !== null) return stderrLines
  stderrLines = new LineCollector((lines) => process.stderr.write(lines))
  // The reader of the log, or the terminal, may go away. The process goes on without it.
  process.stderr.on('error', () => {})
  process.on('exit', stderrLines.flush)
  // Before Node writes the error.
  process.on('uncaughtExceptionMonitor', stderrLines.flush)
  return stderrLines
}

/** Returns a function that makes a line of JSON readable for people. */
function createFormat(): (line: string) => string {
  // Loaded only on a terminal.
  const { prettyFactory }: { prettyFactory(options: PrettyOptions): (line: string) => string } = createRequire(
    import.meta.url,
  )('pino-pretty')
  return prettyFactory({
    colorize: process.stderr.hasColors(),
    messageKey: 'message',
    timestampKey: 'time',
    levelKey: 'level',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  })
}

/** Returns a function that writes lines to standard error: as they are, or readable for people when it is a terminal. */
export function createStderrWriter(): WriteLine {
  const lines = collectStderr()
  const format = process.stderr.isTTY ? createFormat() : (line: string) => line
  return (line, level) => {
    lines.add(format(line))
    // Warnings and errors are written at once, in case that the process cannot go on.
    if (writesAt('warn', level)) lines.flush()
  }
}
