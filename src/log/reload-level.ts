import { readFileSync } from 'node:fs'
import { isatty } from 'node:tty'
import { parseEnv } from 'node:util'
import type { JsonLog } from './json-log.ts'
import { type LineLevel, LOG_LEVELS, type LogLevel, writesAt } from './levels.ts'

type ReloadedLog = Pick<JsonLog, 'level' | LineLevel>

const FILE = '.env'
const STDERR = 2

/**
 * Returns the text of `LOG_LEVEL` in `.env`; null when the file or the variable is missing.
 * @throws {Error} when the file cannot be read
 */
function readLevel(): string | null {
  try {
    return parseEnv(readFileSync(FILE, 'utf8')).LOG_LEVEL?.trim() || null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

const parseLevel = (text: string): LogLevel | null => LOG_LEVELS.find((level) => level === text) ?? null

/** Returns the level of a line for the operator who has sent the signal: a warning, unless the log omits warnings. */
const lineLevelOf = (level: LogLevel): LineLevel => (writesAt(level, 'warn') ? 'warn' : 'error')

/** Changes the level, and logs that. The line is written when either of the two levels allows it. */
function changeLevel(log: ReloadedLog, newLevel: LogLevel): void {
  if (writesAt(log.level, newLevel)) {
    log[lineLevelOf(log.level)]('log level set', { newLevel })
    log.level = newLevel
  } else {
    log.level = newLevel
    log[lineLevelOf(newLevel)]('log level set', { newLevel })
  }
}

/**
 * Sets the level of a log by `LOG_LEVEL` in `.env`, which is read again. Without it the level becomes the given one. An invalid level
 * changes nothing.
 */
function reloadLevel(log: ReloadedLog, otherwise: LogLevel): void {
  try {
    const text = readLevel()
    const level = text === null ? otherwise : parseLevel(text)
    if (level !== null) changeLevel(log, level)
    else log[lineLevelOf(log.level)]('log level not changed: LOG_LEVEL is invalid', { allowed: LOG_LEVELS })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    log[lineLevelOf(log.level)]('log level not changed: .env cannot be read', { code })
  }
}

/**
 * Reloads the level of a log at each SIGHUP: from `.env`, or, without one there, the level that the log has now. When the terminal of
 * the process is closed, which sends SIGHUP too, the process stops as it does at SIGTERM.
 */
export function reloadLevelOnHangup(log: ReloadedLog): void {
  const initial = log.level
  const { isTTY } = process.stderr
  process.on('SIGHUP', () => {
    if (isTTY && !isatty(STDERR)) process.kill(process.pid, 'SIGTERM')
    else reloadLevel(log, initial)
  })
}
