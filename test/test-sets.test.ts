import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { globsOf, LONG, PROPERTIES } from '../.config/test-sets.ts'
import quick from '../.config/vitest.quick.ts'
import verify from '../.config/vitest.verify.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const find = (globs: readonly string[]) => globSync(globs, { cwd: root }).sort()

const allFiles = find(['test/**/*.test.ts'])
/** The test files of a configuration. */
const filesOf = ({ test }: typeof quick) => {
  const excluded = new Set(find(test?.exclude ?? []))
  return find(test!.include!).filter((file) => !excluded.has(file))
}

describe('npm test and npm run verify', () => {
  const properties = find(globsOf(PROPERTIES))

  it('run every test file in exactly one of the two, apart from the properties', () => {
    const runs = [...filesOf(quick), ...filesOf(verify).filter((file) => !properties.includes(file))]
    expect(runs.sort()).toEqual(allFiles)
  })

  it('name only files that exist', () => {
    expect(globsOf([...LONG, ...PROPERTIES]).filter((glob) => find([glob]).length === 0)).toEqual([])
  })

  it('run every file that WALKS repeats in both', () => {
    const isRepeated = (file: string) =>
      /RUNS\.walks\(|describeLedgerConformance\(/.test(readFileSync(root + file, 'utf8'))
    const long = find(globsOf(LONG))
    const repeated = allFiles.filter((file) => isRepeated(file) && !long.includes(file))
    expect(properties).toEqual(repeated)
  })
})
