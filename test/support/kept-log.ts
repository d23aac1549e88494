import { createLog, type LeveledLog, type LogLevel } from '../../src/log.ts'

/** A log line as an object, without its time. */
export interface KeptLine {
  readonly level: string
  readonly message: string
  readonly [field: string]: unknown
}

/** Creates a log that keeps its lines. */
export function keepLog(level: LogLevel = 'debug'): { readonly log: LeveledLog; readonly lines: KeptLine[] } {
  const lines: KeptLine[] = []
  const log = createLog(level, (line) => {
    const { time: _, ...kept } = JSON.parse(line)
    lines.push(kept)
  })
  return { log, lines }
}
