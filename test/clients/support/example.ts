import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const fromRoot = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

/** The absolute path of a file in docs/examples. */
export const examplePath = (path: string) => fromRoot(`docs/examples/${path}`)

export const readExample = (path: string) => readFile(examplePath(path), 'utf8')

/**
 * Runs the command line program of an installed package in a folder, and returns what it prints.
 *
 * @throws {Error} with everything that it printed, when it fails
 */
export function runTool(folder: string, tool: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    // Relay's compiler waits for Watchman where it is installed. The code generator prints less in a test.
    const env = { ...process.env, FORCE_NO_WATCHMAN: '1', NODE_ENV: 'development' }
    execFile(
      process.execPath,
      [fromRoot(`node_modules/.bin/${tool}`), ...args],
      { cwd: folder, env },
      (error, out, err) => {
        if (error) reject(new Error(`${tool} failed:\n${out}${err}`))
        else resolve(out)
      },
    )
  })
}

/** The compiler options of a project for browsers. */
const COMPILER_OPTIONS = {
  target: 'es2024',
  lib: ['es2024', 'dom'],
  module: 'preserve',
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
}

/** A copy of an example in a temporary folder, for tests that change it. */
export interface ExampleCopy {
  readonly folder: string
  /** Replaces text in a file of the example. */
  edit(path: string, edit: (text: string) => string): Promise<void>
  /** @throws {Error} with the compiler's messages when the types of `src` do not fit */
  checkTypes(): Promise<void>
  close(): Promise<void>
}

/** Copies an example, with the schema and the installed packages at the places where the example expects them. */
export async function copyExample(name: string): Promise<ExampleCopy> {
  const root = await mkdtemp(join(tmpdir(), 'example-'))
  const folder = join(root, 'docs', 'examples', name)
  await cp(examplePath(name), folder, { recursive: true })
  await cp(fromRoot('schema.graphql'), join(root, 'schema.graphql'))
  await symlink(fromRoot('node_modules'), join(root, 'node_modules'))
  return {
    folder,
    async edit(path, edit) {
      const file = join(folder, path)
      await writeFile(file, edit(await readFile(file, 'utf8')))
    },
    async checkTypes() {
      const project = { compilerOptions: COMPILER_OPTIONS, include: ['src'] }
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(project))
      await runTool(folder, 'tsc', '-p', '.')
    },
    close: () => rm(root, { recursive: true, force: true }),
  }
}
