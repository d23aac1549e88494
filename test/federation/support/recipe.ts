import { readFileSync } from 'node:fs'

const PAGE = readFileSync(new URL('../../../docs/federation.md', import.meta.url), 'utf8')

/** The code blocks of a language in the page about federation, in their order. */
export function recipes(language: string): readonly string[] {
  const blocks = [...PAGE.matchAll(/^```(\w+)\n(.*?)^```/gms)]
  return blocks.filter((block) => block[1] === language).map((block) => block[2]!)
}

/** The keys of every entity, as the page's table lists them. */
export function documentedKeys(): Record<string, string[]> {
  const rows = [...PAGE.matchAll(/^\| `(\w+)`[^|]*\| (.*) \|$/gm)]
  return Object.fromEntries(rows.map(([, type, keys]) => [type, keys!.replaceAll('`', '').split(', ')]))
}
