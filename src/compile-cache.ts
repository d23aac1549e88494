import { lstatSync, mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Returns true when nobody else can write to the folder. Node runs the code that it finds in its cache, so another user could
 * otherwise place code there (cache poisoning). On Windows the temporary folder itself belongs to the user.
 */
function isPrivate(folder: string, userId: number | undefined): boolean {
  const stats = lstatSync(folder)
  return stats.isDirectory() && (userId === undefined || (stats.uid === userId && (stats.mode & 0o077) === 0))
}

/**
 * Keeps compiled modules in a folder of the user below the temporary folder, so that the next start takes less time. Without
 * such a folder the process runs without a cache. Node's own variables take precedence: `NODE_DISABLE_COMPILE_CACHE`, and
 * `NODE_COMPILE_CACHE` for another folder.
 */
export function enablePrivateCompileCache(): void {
  if (process.env.NODE_DISABLE_COMPILE_CACHE || process.env.NODE_COMPILE_CACHE) return
  const userId = process.getuid?.()
  const folder = join(tmpdir(), `transactions-gateway-${userId ?? 'cache'}`)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (isPrivate(folder, userId)) enableCompileCache(folder)
  } catch {
    // A file system that is full or read-only.
  }
}
