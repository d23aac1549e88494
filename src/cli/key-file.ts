import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { checkKeyFile } from '../server/auth/api-keys.ts'

/** An entry of the key file, as JSON. */
export type KeyEntry = Readonly<Record<string, unknown>>

/** Permissions of the file: its owner alone may read and write it. */
const MODE = 0o600

/** Ending of the file that is written in place of the key file. It exists while a command writes, so it is a lock as well. */
const LOCK_ENDING = '.new'

const isExisting = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EEXIST'

/**
 * Creates the file that will replace the key file.
 * @throws {Error} when another command is about to replace it
 */
function openLock(path: string): number {
  try {
    return openSync(path, 'wx', MODE)
  } catch (error) {
    if (!isExisting(error)) throw error
    throw new Error(`--file: another command is writing the file; if there is none, remove ${path}`)
  }
}

/** Returns the text of the key file with one more entry. */
function withEntry(file: string, entry: KeyEntry, providers: readonly string[]): string {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : null
  if (before !== null) checkKeyFile(before, providers)
  const { keys } = before === null ? { keys: [] } : (JSON.parse(before) as { readonly keys: readonly KeyEntry[] })
  const text = `${JSON.stringify({ keys: [...keys, entry] }, null, 2)}\n`
  checkKeyFile(text, providers)
  return text
}

/** Makes the new name of a file durable. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/**
 * Adds an entry to the key file, which is created when there is none. A gateway that reads the file meanwhile sees it without the
 * entry or with it, and so does one that starts after a crash.
 *
 * @param providers the values of the enum `Provider`, which grants may name
 * @returns the path of the file
 * @throws {ConfigError} when the file is invalid, or would be; it is then unchanged
 */
export function addToKeyFile(path: string, entry: KeyEntry, providers: readonly string[]): string {
  // A renamed file would replace a symbolic link.
  const file = existsSync(path) ? realpathSync(path) : resolve(path)
  const written = `${file}${LOCK_ENDING}`
  const descriptor = openLock(written)
  try {
    try {
      writeSync(descriptor, withEntry(file, entry, providers))
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(written, file)
  } catch (error) {
    rmSync(written, { force: true })
    throw error
  }
  syncFolder(dirname(file))
  return file
}
