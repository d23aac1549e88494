import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isEnumType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environmentExample, withConfigurationTables } from '../src/cli/print-configuration.ts'
import { variables } from '../src/config.ts'
import { createGateway, PROVIDERS } from '../src/gateway.ts'
import { createSchema } from '../src/schema.ts'
import { pickProviders, startGateway, type TestGateway } from './support/gateway.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const PAGES = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** A page without its code blocks. */
const proseOf = (page: string) => read(page).replace(/^ *```.*?^ *```/gms, '')

/** The code spans of a page's prose. */
const codeIn = (page: string) => [...proseOf(page).matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!)

/** The queries of a page that are followed by their answer, in pairs. */
function answeredQueries(page: string): [query: string, answer: string][] {
  const blocks = [...read(page).matchAll(/^```(\w+)\n(.*?)^```/gms)]
  return blocks.flatMap((block, index) =>
    block[1] === 'graphql' && blocks[index + 1]?.[1] === 'json' ? [[block[2]!, blocks[index + 1]![2]!]] : [],
  )
}

/** The first column of the tables of a page, or of one section of it, without the headings. */
function firstColumn(page: string, section?: string): string[] {
  const parts = read(page).split(/^## /m)
  const text = section === undefined ? read(page) : parts.find((part) => part.startsWith(`${section}\n`))
  const cells = [...(text ?? '').matchAll(/^\| ([^|]+) \|/gm)].map((match) => match[1]!.replaceAll('`', ''))
  return cells.filter((cell, index) => cell !== '---' && cells[index + 1] !== '---')
}

/** The anchors of a page, as GitHub derives them from its headings. */
const anchorsOf = (page: string) =>
  [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** The targets of the links of a page that do not lead to other sites. */
const linksOf = (page: string) =>
  [...proseOf(page).matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1]!).filter((target) => !/^\w+:/.test(target))

/** Resolves a link of a page to a path from the root. */
const targetOf = (page: string, link: string) =>
  link.startsWith('#') ? page : relative(root, join(root, dirname(page), link.split('#')[0]!))

const scripts: Readonly<Record<string, string>> = JSON.parse(read('package.json')).scripts
const isHook = (name: string) => /^(pre|post)/.test(name)

/** The codes of all errors that callers can see. */
function errorCodes(): Set<string> {
  const classes = ['gateway-error', 'request-errors', 'upstream-errors'].map((name) => `src/errors/${name}.ts`)
  // Codes in comparisons are GraphQL's own; callers get another one in their place.
  const codes = [...classes, 'src/graphql/error-masking.ts'].flatMap((file) =>
    [...read(file).matchAll(/(?<!=== )'([A-Z_]{9,})'/g)].map((match) => match[1]!),
  )
  return new Set(codes)
}

/** Variables of Node, and of other standards. */
const STANDARD_VARIABLES = [
  'ALL_PROXY',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NODE_COMPILE_CACHE',
  'NODE_DISABLE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'NO_PROXY',
]

/** Codes of Node, OpenSSL and undici, and those of proxies, with which failures are logged. */
const CAUSE = /^(?:PROXY_(?:STATUS_\d+|[A-Z]+)|(?:UND_ERR|UNABLE_TO_VERIFY|SELF_SIGNED_CERT|DEPTH_ZERO)_[A-Z_]+)$/

/** The codes of the network that failures between the gateway and a provider are known to have. */
const networkCodes = () =>
  [...read('test/upstream/failure-causes.test.ts').matchAll(/'((?:[A-Z]+_)+[A-Z]+)'/g)].map((match) => match[1]!)

/** The variables of OpenTelemetry that the gateway or a part of the SDK reads, and the codes of requests that fail. */
function tracingNames(): string[] {
  const exporter = createRequire(import.meta.url).resolve('@opentelemetry/exporter-trace-otlp-http')
  const { resolve } = createRequire(exporter)
  const packages = ['sdk-trace-base', 'resources', 'otlp-exporter-base'].map((name) =>
    dirname(resolve(`@opentelemetry/${name}`)),
  )
  const files = [...packages.flatMap((folder) => globSync(`${folder}/**/*.js`)), join(root, 'src/tracing/settings.ts')]
  const variablesIn = (file: string) => readFileSync(file, 'utf8').match(/\bOTEL_[A-Z_]+\b/g) ?? []
  return [...files.flatMap(variablesIn), ...(read('src/upstream/cause.ts').match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [])]
}

/** Every name in capitals that a page may use: variables, codes, enum values, and the variables of the long test runs. */
function knownNames(): Set<string> {
  const enums = Object.values(createSchema(PROVIDERS).schema.getTypeMap()).filter(isEnumType)
  return new Set([
    ...Object.keys(variables.shape),
    ...PROVIDERS.flatMap((provider) => Object.keys(provider.variables)),
    ...errorCodes(),
    ...enums.flatMap((type) => type.getValues().map(({ name }) => name)),
    ...Object.values(scripts).flatMap((script) => [...script.matchAll(/\b([A-Z_]+)=/g)].map((match) => match[1]!)),
    ...networkCodes(),
    ...tracingNames(),
    'FUZZ_SEED',
    ...STANDARD_VARIABLES,
  ])
}

describe('README.md', () => {
  it('has at most 12 KiB', () => {
    expect(Buffer.byteLength(read('README.md'))).toBeLessThanOrEqual(12 * 1024)
  })

  it('starts the gateway without development dependencies: src imports none of them', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    )
    const imported = files.flatMap((file) =>
      [...read(`src/${file}`).matchAll(/(?:from |import |import\()'((?:@[\w-]+\/)?[\w-]+)[^']*'/g)].map(
        (match) => match[1]!,
      ),
    )
    const { dependencies } = JSON.parse(read('package.json'))
    expect(imported.filter((name) => name !== 'node' && !(name in dependencies))).toEqual([])
    expect(imported).toContain('graphql-yoga')
  })

  it('links every page in docs', () => {
    const linked = linksOf('README.md').map((link) => targetOf('README.md', link))
    expect(linked).toEqual(expect.arrayContaining(PAGES.slice(1)))
  })
})

describe('the queries of the pages', () => {
  let at: TestGateway

  beforeAll(async () => {
    // The answers on the pages are those of these providers, whatever the day on which their sandboxes start.
    const started = { until: Date.UTC(2027, 1, 10, 9, 30) }
    at = await startGateway({
      providers: pickProviders('KOBBLE', 'VOBIZ'),
      sandboxes: { vobiz: started, kobble: started },
    })
  })
  afterAll(() => at?.close())

  const queries = PAGES.flatMap((page) =>
    answeredQueries(page).map(([query, answer]) => ({ page, query, answer, title: query.replace(/\s+/g, ' ') })),
  )

  it('begin with one over both providers in the README', () => {
    expect(queries[0]).toMatchObject({ page: 'README.md', title: expect.stringMatching(/^\{ transactions\(/) })
  })

  it.each(queries)('in $page have the answer of the sandbox: $title', async ({ query, answer }) => {
    const expected = JSON.parse(answer, (key, value) =>
      key === 'endCursor' && /^[\w-]+…$/.test(value) ? expect.stringMatching(/^[\w-]+$/) : value,
    )
    expect(await at.ask(query)).toEqual(expected.data)
  })
})

describe('the recipes of the pages', () => {
  let at: TestGateway

  beforeAll(async () => {
    at = await startGateway({ providers: pickProviders('KOBBLE', 'VOBIZ') })
  })
  afterAll(() => at?.close())

  /** The queries that begin with the number of requests to each provider, such as `# Requests: A 3, B 0`. */
  const recipes = PAGES.flatMap((page) =>
    [...read(page).matchAll(/^```graphql\n# Requests: ([^\n]*)\n(.*?)^```/gms)].map(([, counts = '', query = '']) => ({
      page,
      query,
      title: /^query (\w+)/.exec(query)?.[1],
      expected: Object.fromEntries(
        [...counts.matchAll(/(\w+) (\d+)/g)].map(([, provider = '', count]) => [provider.toUpperCase(), Number(count)]),
      ),
    })),
  )

  it('are named, and some of them are for charts', () => {
    expect(recipes.filter(({ title }) => title === undefined)).toEqual([])
    expect(recipes.filter(({ page }) => page === 'docs/charts.md').length).toBeGreaterThanOrEqual(6)
  })

  it.each(recipes)('in $page take the requests that they begin with: $title', async ({ query, expected }) => {
    // The first time fetches tokens, and learns how many rows a page may have.
    expect((await at.query(query)).errors).toEqual([])
    const { errors, requests } = await at.query(query)
    expect(errors).toEqual([])
    expect(Object.keys(expected)).toHaveLength(2)
    expect(requests).toMatchObject(expected)
  })
})

describe.each(PAGES)('%s', (page) => {
  it('has links that lead to files and headings', () => {
    const broken = linksOf(page).filter((link) => {
      const target = targetOf(page, link)
      const anchor = link.split('#')[1]
      return !existsSync(join(root, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
    })
    expect(broken).toEqual([])
  })

  it('names files that exist', () => {
    const paths = codeIn(page).filter((code) => /^(src|test|docs|\.config)\/[\w./-]*$/.test(code))
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  it('names scripts that exist', () => {
    const code = [...codeIn(page), ...read(page).matchAll(/^ *```sh\n(.*?)^ *```/gms)].join('\n')
    const commands = [...code.matchAll(/\bnpm (?:run (?:--silent )?)?([a-z][\w-]*)/g)].map((match) => match[1]!)
    const known = new Set([...Object.keys(scripts), 'ci', 'install'])
    expect(commands.filter((command) => !known.has(command))).toEqual([])
  })

  it('names variables, codes and values that exist', () => {
    const known = knownNames()
    const names = codeIn(page).flatMap((code) => /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:$|=)/.exec(code)?.[1] ?? [])
    expect(names.filter((name) => !known.has(name) && !CAUSE.test(name))).toEqual([])
  })
})

describe('docs/configuration.md', () => {
  it('has the tables that the schemas of the variables yield; "npm run docs" writes them', () => {
    const page = read('docs/configuration.md')
    expect(page).toBe(withConfigurationTables(page))
  })
})

describe('.env.example', () => {
  const lines = read('.env.example').split('\n')

  it('is what the schemas of the variables yield; "npm run docs" writes it', () => {
    expect(read('.env.example')).toBe(environmentExample())
  })

  it('has every variable of every provider, and no value that connects one', () => {
    const assigned = lines.flatMap((line) => /^(?:# )?([A-Z_]+)=(.*)$/.exec(line)?.[1] ?? [])
    expect(assigned).toEqual(PROVIDERS.flatMap((provider) => Object.keys(provider.variables)))
    expect(lines.filter((line) => line !== '' && !line.startsWith('#') && !/^[A-Z_]+=$/.test(line))).toEqual([])
  })

  it('is in git, while .env is not', () => {
    expect(read('.gitignore').split('\n')).toContain('.env')
    expect(read('.gitignore')).not.toMatch(/^\.env[.*]/m)
  })

  it('connects the providers when it is filled in, and none as it is', () => {
    const values = Object.fromEntries(
      lines.flatMap((line) => {
        const [, name] = /^([A-Z_]+)=$/.exec(line) ?? []
        return name === undefined ? [] : [[name, name.endsWith('_URL') ? 'https://api.example' : 'x']]
      }),
    )
    const connect = (environment: Record<string, string>) => {
      const gateway = createGateway({ environment: { LOG_LEVEL: 'silent', ...environment } })
      void gateway.close()
      return gateway.configured
    }
    expect(connect(values)).toEqual(PROVIDERS.map(({ name }) => name))
    expect(connect(Object.fromEntries(Object.keys(values).map((name) => [name, ''])))).toEqual([])
  })
})

describe('the pages besides docs/configuration.md', () => {
  it('explain every variable of the gateway', () => {
    const text = PAGES.filter((page) => page !== 'docs/configuration.md')
      .map(read)
      .join('\n')
    expect(Object.keys(variables.shape).filter((name) => !text.includes(`\`${name}`))).toEqual([])
  })
})

describe('docs/errors.md', () => {
  it('lists the codes of the errors', () => {
    expect(firstColumn('docs/errors.md').sort()).toEqual([...errorCodes()].sort())
  })
})

describe('docs/contributing.md', () => {
  it('lists the scripts', () => {
    const names = firstColumn('docs/contributing.md', 'Scripts').map(
      (command) => command.replace(/^npm (run )?/, '').split(' ')[0],
    )
    const expected = Object.keys(scripts).filter((name) => !isHook(name))
    expect(names.sort()).toEqual(expected.sort())
  })

  it('lists the dependencies with their versions', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'))
    const installed: Record<string, string> = { ...dependencies, ...devDependencies, ...optionalDependencies }
    for (const [name, version] of Object.entries(installed)) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/)
      expect(read('docs/contributing.md')).toMatch(new RegExp(`^\\| (?:.*, )?${name}(?:, .*)? \\| ${version} \\|`, 'm'))
    }
    const packages = firstColumn('docs/contributing.md', 'Dependencies').flatMap((cell) => cell.split(', '))
    expect(packages.sort()).toEqual(Object.keys(installed).sort())
  })
})
