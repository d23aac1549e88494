import { readFileSync } from 'node:fs'

const README = new URL('../../../README.md', import.meta.url)
const SECTION = 'Use it as a subgraph'

/** @throws {Error} where there is no such section */
function readSection(): string {
  const section = readFileSync(README, 'utf8')
    .split(/^## /m)
    .find((part) => part.startsWith(`${SECTION}\n`))
  if (section === undefined) throw new Error(`The README has no section "${SECTION}".`)
  return section
}

/** The code blocks of a language in the section about subgraphs, in their order. */
export function recipes(language: string): readonly string[] {
  const blocks = [...readSection().matchAll(/^```(\w+)\n(.*?)^```/gms)]
  return blocks.filter((block) => block[1] === language).map((block) => block[2]!)
}

/** The keys of every entity, as the section's table lists them. */
export function keysInReadme(): Record<string, string[]> {
  const rows = [...readSection().matchAll(/^\| `(\w+)`[^|]*\| (.*) \|$/gm)]
  return Object.fromEntries(rows.map(([, type, keys]) => [type, keys!.replaceAll('`', '').split(', ')]))
}
