import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const fromRoot = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

/** Where the recipes stand. */
const DOCUMENT = fromRoot('docs/clients.md')
/** What they call the gateway. */
const ADDRESS = 'http://127.0.0.1:4000'

/** Those of a project for browsers. */
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

/** A project of its own in a temporary folder, made by a recipe of docs/clients.md. */
export interface Project {
  /** Writes a file, by its path within the project. */
  write(path: string, text: string): Promise<void>
  read(path: string): Promise<string>
  /**
   * Runs a script of the project, or of a package at `node_modules/.bin/…`, and returns what it prints.
   * @throws {Error} with all that it printed, where it fails
   */
  run(script: string, ...args: readonly string[]): Promise<string>
  /** What the compiler complains of in `src`, a line each that begins with the path; none where all types fit. */
  checkTypes(): Promise<readonly string[]>
  /** Loads a module of the project, each time anew. */
  load<Module>(path: string): Promise<Module>
  close(): Promise<void>
}

/**
 * The code blocks of a section, by the files that they belong in: each is what the last paragraph in front of its block that
 * begins with a file name begins with.
 *
 * @throws {Error} where there is no such section, or a block has no file
 */
function filesOf(text: string, section: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  let heading = ''
  let file: string | null = null
  let block: string[] | null = null
  let before = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) {
      if (block && heading === section) {
        if (file === null) throw new Error(`It is not said in which file a block of "${section}" belongs.`)
        files.set(file, `${block.join('\n')}\n`)
        file = null
      }
      block = block ? null : []
    } else if (block) {
      block.push(line)
    } else if (line.startsWith('#')) {
      heading = line.replace(/^#+ /, '')
      file = null
    } else if (before === '') {
      file = /^`([\w./-]+\.\w+)`/.exec(line)?.[1] ?? file
    }
    before = line
  }
  if (files.size === 0) throw new Error(`There is no section "${section}" with code.`)
  return files
}

/**
 * Follows a recipe of docs/clients.md in a new folder, beside the schema and with the packages of this repository. The address
 * of the gateway is the only thing that is changed.
 */
export async function followRecipe(section: string, origin: string): Promise<Project> {
  const files = filesOf(await readFile(DOCUMENT, 'utf8'), section)
  const folder = await mkdtemp(join(tmpdir(), 'recipe-'))
  let loads = 0
  const project: Project = {
    async write(path, text) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    },
    read: (path) => readFile(join(folder, path), 'utf8'),
    run: (script, ...args) =>
      new Promise((resolve, reject) => {
        // Relay's compiler asks Watchman where there is one. The generator of types says less in a test.
        const env = { ...process.env, FORCE_NO_WATCHMAN: '1', NODE_ENV: 'development' }
        execFile(process.execPath, [script, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
          if (error) reject(new Error(`${script} failed:\n${stdout}${stderr}`))
          else resolve(stdout)
        })
      }),
    async checkTypes() {
      await project.write('tsconfig.json', JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['src'] }))
      try {
        await project.run('node_modules/.bin/tsc', '-p', '.')
        return []
      } catch (error) {
        const complaints = String(error).match(/^\S+\(\d+,\d+\): error .*$/gm)
        if (!complaints) throw error
        return complaints
      }
    },
    load: (path) => import(`${pathToFileURL(join(folder, path)).href}?${loads++}`),
    close: () => rm(folder, { recursive: true, force: true }),
  }
  await symlink(fromRoot('node_modules'), join(folder, 'node_modules'))
  await project.write('schema.graphql', await readFile(fromRoot('schema.graphql'), 'utf8'))
  for (const [path, text] of files) await project.write(path, text.replaceAll(ADDRESS, origin))
  return project
}
