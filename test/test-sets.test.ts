import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { findProperties, findWalks, globsOf, LONG } from '../.config/test-sets.ts'
import keptAnswers from '../.config/vitest.kept-answers.ts'
import quick from '../.config/vitest.quick.ts'
import verify from '../.config/vitest.verify.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const find = (globs: readonly string[]) => globSync(globs, { cwd: root }).sort()

const CONFORMANCE = ['test/providers/*/conformance.test.ts']
const allFiles = find(['test/**/*.test.ts'])
/** The test files of a configuration. */
const filesOf = ({ test }: typeof quick) => {
  const excluded = new Set(find(test?.exclude ?? []))
  return find(test!.include!).filter((file) => !excluded.has(file))
}

describe('npm test and npm run verify', () => {
  const properties = findProperties()

  it('run every test file in exactly one of the two, apart from the properties', () => {
    const runs = [...filesOf(quick), ...filesOf(verify).filter((file) => !properties.includes(file))]
    expect(runs.sort()).toEqual(allFiles)
  })

  it('name only files that exist', () => {
    expect(globsOf(LONG).filter((glob) => find([glob]).length === 0)).toEqual([])
  })

  it('run the properties of the walks and of each provider in both', () => {
    expect(filesOf(quick)).toEqual(expect.arrayContaining(properties))
    expect(filesOf(verify)).toEqual(expect.arrayContaining(properties))
    expect(properties).toEqual(expect.arrayContaining(['test/connection/walk.test.ts', ...find(CONFORMANCE)]))
    expect(find(CONFORMANCE).length).toBeGreaterThan(1)
  })

  it('run the walks with kept answers of closed periods and of open lists', () => {
    const walks = ['page-turning', 'range', 'walk', 'wide', 'wide-ranges'].map(
      (name) => `test/connection/${name}.test.ts`,
    )
    expect(filesOf(keptAnswers)).toEqual(expect.arrayContaining(walks))
    expect(findWalks().filter((file) => !properties.includes(file))).toEqual([])
    const projects = keptAnswers.test!.projects as { readonly test: { readonly env: Record<string, string> } }[]
    expect(projects.map(({ test }) => test.env.KEPT_ANSWERS)).toEqual(['closed', 'open'])
    const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> }
    expect(scripts.verify).toContain('.config/vitest.kept-answers.ts')
  })
})
