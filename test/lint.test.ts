import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const GETTER = 'export const create = (n: number) => ({\n  get x() {\n    return n\n  },\n})\n'
const SETTER = 'export const create = (n: number) => ({\n  set x(value: number) {\n    n = value\n  },\n})\n'
const CLASS = 'export class Box {\n  #n = 1\n  get x() {\n    return this.#n\n  }\n}\n'
const METHODS = 'export const create = (n: number) => ({ get: n, set: () => n, x() {\n  return n\n} })\n'

/** Lints texts by their files, with the settings of this project. Returns `file: rule` for each rule that one breaks. */
function brokenRules(files: Readonly<Record<string, string>>): string[] {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lint-')))
  try {
    cpSync('.config', join(folder, '.config'), { recursive: true })
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
    const { stdout, error } = spawnSync(
      resolve('node_modules/.bin/biome'),
      ['lint', '--config-path=.config', '--vcs-enabled=false', '--reporter=github', ...Object.keys(files)],
      { cwd: folder, encoding: 'utf8' },
    )
    if (error) throw error
    return [...stdout.matchAll(/^::error title=([^,]+),file=([^,]+),/gm)].map(
      ([, rule, file]) => `${relative(folder, file!)}: ${rule}`,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

it('the linter rejects accessors in object literals of src, where they keep memory alive', () => {
  const files = {
    'src/getter.ts': GETTER,
    'src/values/setter.ts': SETTER,
    'src/class.ts': CLASS,
    'src/methods.ts': METHODS,
    'test/getter.test.ts': GETTER,
  }
  expect(brokenRules(files).sort()).toEqual(['src/getter.ts: plugin', 'src/values/setter.ts: plugin'])
})
