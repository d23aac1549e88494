import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { withConfigurationTables } from '../src/print-configuration.ts'
import { startGateway } from './support/gateway.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const readme = read('README.md')

/** The first code block of a language. */
const block = (language: string) => new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms').exec(readme)?.[1] ?? ''

/** What stands in the first column of a section's tables, without the heading. */
function firstColumn(section: string): string[] {
  const text = readme.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? ''
  const cells = [...text.matchAll(/^\| ([^|]+) \|/gm)].map((match) => match[1]!.replaceAll('`', ''))
  return cells.filter((cell, index) => cell !== '---' && cells[index + 1] !== '---')
}

describe('README.md', () => {
  it('begins with a query and what the sandbox answers to it', async () => {
    const at = await startGateway()
    try {
      const answer = JSON.parse(block('json'))
      const { endCursor } = answer.data.transactions.pageInfo
      expect(endCursor).toMatch(/^[\w-]+…$/)
      answer.data.transactions.pageInfo.endCursor = expect.stringMatching(/^[\w-]+$/)
      expect(await at.ask(block('graphql'))).toEqual(answer.data)
    } finally {
      await at.close()
    }
  })

  it('lists the scripts', () => {
    const { scripts } = JSON.parse(read('package.json'))
    const names = firstColumn('Running it').map((command) => command.replace(/^npm (run )?/, '').split(' ')[0])
    expect(names.sort()).toEqual(
      Object.keys(scripts)
        .filter((name) => !name.startsWith('pre'))
        .sort(),
    )
  })

  it('lists the codes of the errors', () => {
    // What is compared with is a code of GraphQL's own, which callers get another one for.
    const codes = ['src/errors.ts', 'src/graphql/error-masking.ts'].flatMap((file) =>
      [...read(file).matchAll(/(?<!=== )'([A-Z_]{9,})'/g)].map((match) => match[1]!),
    )
    expect(firstColumn('Errors').sort()).toEqual([...new Set(codes)].sort())
  })

  it('lists the dependencies with their versions', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'))
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/)
      expect(readme).toMatch(new RegExp(`^\\| (?:.*, )?${name}(?:, .*)? \\| ${version} \\|`, 'm'))
    }
    const packages = firstColumn('Dependencies').flatMap((cell) => cell.split(', '))
    expect(packages.sort()).toEqual(
      Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).sort(),
    )
  })
})

describe('docs/configuration.md', () => {
  it('has the tables that the schemas of the variables yield; "npm run docs" writes them', () => {
    const page = read('docs/configuration.md')
    expect(page).toBe(withConfigurationTables(page))
  })
})
