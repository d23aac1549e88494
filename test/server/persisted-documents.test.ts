import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { print } from 'graphql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { ConfigError } from '../../src/errors.ts'
import { createGateway, type Gateway, PROVIDERS } from '../../src/gateway.ts'
import { createSchema } from '../../src/schema.ts'
import { readPersistedDocuments } from '../../src/server/persisted-documents.ts'
import { serveGateway } from '../clients/support/serve.ts'

const { served: SCHEMA } = createSchema(PROVIDERS)
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

const NAME = 'query Name { __typename }'
const TYPE = 'query Type($name: String!) { __type(name: $name) { name } }\n'
const NAME_ANSWER = { status: 200, data: { __typename: 'Query' } }

let folder: string
const open = new Set<{ close(): Promise<unknown> }>()
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-documents-'))
})
afterEach(async () => {
  for (const one of open) await one.close()
  open.clear()
  await rm(folder, { recursive: true, force: true })
})

/** Writes a file below the folder of the test, and returns its path. */
async function write(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const manifestOf = (...operations: readonly (readonly [id: string, body: string])[]) => ({
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: operations.map(([id, body]) => ({ id, name: 'Name', type: 'query', body })),
})

/** Returns the issues of a list; none when it is valid. */
function faultsOf(path: string): readonly string[] {
  try {
    readPersistedDocuments(path, SCHEMA)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.issues
    throw error
  }
}

describe('readPersistedDocuments()', () => {
  it.each([
    ['an object of ids and texts', () => write('list.json', { a1: NAME, b2: TYPE })],
    ['a manifest for Apollo', () => write('list.json', manifestOf(['a1', NAME], ['b2', TYPE]))],
    [
      'a folder of files',
      async () => {
        await write('list/a1.graphql', NAME)
        await write('list/b2.graphql', TYPE)
        await write('list/notes.txt', 'not a document')
        return join(folder, 'list')
      },
    ],
  ])('accepts %s, each document by its id and by the hash of its text', async (_, make) => {
    expect(Object.fromEntries(readPersistedDocuments(await make(), SCHEMA))).toEqual({
      a1: NAME,
      b2: TYPE,
      [hashOf(NAME)]: NAME,
      [hashOf(TYPE)]: TYPE,
    })
  })

  it('treats ids only as ids', async () => {
    const path = await write('list.json', `{ "__proto__": ${JSON.stringify(NAME)}, "format": ${JSON.stringify(TYPE)} }`)
    const documents = readPersistedDocuments(path, SCHEMA)
    expect([documents.get('__proto__'), documents.get('format'), documents.get('constructor')]).toEqual([
      NAME,
      TYPE,
      undefined,
    ])
  })

  it('accepts one document under several ids, and several times under one id', async () => {
    const path = await write('list.json', manifestOf(['a1', NAME], ['a2', NAME], ['a1', NAME]))
    expect([...readPersistedDocuments(path, SCHEMA).keys()].sort()).toEqual([hashOf(NAME), 'a1', 'a2'].sort())
  })

  it.each([
    ['no file', () => join(folder, 'none.json'), /^expected a file or a folder that can be read \(ENOENT\)$/],
    ['no JSON', () => write('list.json', '{ "a1": hunter2 }'), /^expected JSON$/],
    ['a list', () => write('list.json', [NAME]), /^expected an object with ids /],
    ['nothing', () => write('list.json', {}), /^expected at least one document$/],
    ['an empty folder', () => folder, /^expected at least one document$/],
    [
      'a manifest of another version',
      () => write('list.json', { ...manifestOf(['a1', NAME]), version: 2 }),
      /^expected version 1 of the manifest at version$/,
    ],
    [
      'a manifest without a text',
      () => write('list.json', { ...manifestOf(), operations: [{ id: 'a1' }] }),
      /^expected the text of a document at operations\.0\.body$/,
    ],
    [
      'what is no text',
      () => write('list.json', { a1: { query: NAME } }),
      /^document "a1": expected the text of a document$/,
    ],
    [
      'what does not parse',
      () => write('list.json', { a1: '{ a' }),
      /^document "a1": Syntax Error: Expected Name, found <EOF>\.$/,
    ],
    [
      'what does not fit the schema',
      () => write('list.json', { a1: '{ hunter2 }' }),
      /^document "a1": Cannot query field "hunter2" /,
    ],
    [
      'a mutation',
      () => write('list.json', { a1: 'mutation { pay }' }),
      /^document "a1": The schema has no mutation\.$/,
    ],
    [
      'what is nested without end',
      () => write('list.json', { a1: '{a'.repeat(100_000) }),
      /^document "a1": The document is nested too deeply /,
    ],
    [
      'an id that two documents have',
      () => write('list.json', manifestOf(['a1', NAME], ['a1', TYPE])),
      /^document "a1": another document has this id$/,
    ],
  ])('rejects %s, with one line', async (_, make, line) => {
    const [fault, ...more] = faultsOf(await make())
    expect(fault).toMatch(/^PERSISTED_DOCUMENTS: /)
    expect(fault?.replace('PERSISTED_DOCUMENTS: ', '')).toMatch(line)
    expect(more).toEqual([])
  })

  it('names each unusable document, up to a maximum', async () => {
    const list = {
      good: NAME,
      'of two\nlines': '{ a }',
      ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`x${i}`, '{'])),
    }
    const faults = faultsOf(await write('list.json', list))
    expect(faults).toHaveLength(21)
    expect(faults[0]).toMatch(
      /^PERSISTED_DOCUMENTS: document "of two\\nlines": Cannot query field "a" on type "Query"\./,
    )
    expect(faults[20]).toBe('PERSISTED_DOCUMENTS: 11 more documents that cannot be used')
    for (const fault of faults) expect(fault).not.toContain('\n')
  })

  /** Runs a package's program in the folder of the test. */
  async function run(program: string, ...args: string[]): Promise<void> {
    await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'))
    const env = { ...process.env, FORCE_NO_WATCHMAN: '1', NODE_ENV: 'development' }
    await promisify(execFile)(process.execPath, [`node_modules/.bin/${program}`, ...args], { cwd: folder, env })
  }
  const SOURCE = `export const NAMED = graphql(\`query main_Query { transactions(first: 1) { nodes { id } } }\`)\n`

  it("accepts the list that Relay's compiler writes", async () => {
    await write('schema.graphql', await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'))
    await write(
      'src/main.ts',
      SOURCE.replace('graphql(`', 'graphql`').replace('`)', '`').replace('main_Query', 'mainQuery'),
    )
    await write('relay.config.json', {
      src: 'src',
      schema: 'schema.graphql',
      language: 'typescript',
      persistConfig: { file: 'persisted.json' },
    })
    await write('persisted.json', {})
    await run('relay-compiler')
    const documents = readPersistedDocuments(join(folder, 'persisted.json'), SCHEMA)
    const artifact = await readFile(join(folder, 'src/__generated__/mainQuery.graphql.ts'), 'utf8')
    const [, id] = /"id": "(\w+)"/.exec(artifact)!
    expect(documents.get(id!)).toContain('query mainQuery')
  })

  it('accepts the list that GraphQL Code Generator writes', async () => {
    await write('schema.graphql', await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'))
    await write('src/main.ts', SOURCE)
    await write(
      'codegen.mjs',
      `export default {
        schema: 'schema.graphql',
        documents: 'src/*.ts',
        generates: { 'src/gql/': { preset: 'client', presetConfig: { persistedDocuments: true } } },
      }`,
    )
    await run('graphql-codegen', '--config', 'codegen.mjs')
    const documents = readPersistedDocuments(join(folder, 'src/gql/persisted-documents.json'), SCHEMA)
    const [, id] = /__meta__.*"hash":"(sha256:\w+)"/.exec(await readFile(join(folder, 'src/gql/graphql.ts'), 'utf8'))!
    expect(documents.get(id!)).toContain('query main_Query')
  })
})

describe('PERSISTED_DOCUMENTS', () => {
  async function start(environment: Environment = {}): Promise<Gateway> {
    const path = await write('list.json', { a1: NAME, b2: TYPE })
    const gateway = createGateway({ environment: { LOG_LEVEL: 'silent', PERSISTED_DOCUMENTS: path, ...environment } })
    open.add(gateway)
    return gateway
  }
  const ONLY = { PERSISTED_DOCUMENTS_ONLY: 'true' }

  async function send(gateway: Gateway, init: RequestInit, query = '') {
    const response = await gateway.yoga.fetch(`http://gateway.test/graphql${query}`, init)
    const { data, errors } = (await response.json()) as {
      readonly data?: unknown
      readonly errors?: readonly { readonly extensions: { readonly code: string } }[]
    }
    return { status: response.status, data, codes: errors?.map(({ extensions }) => extensions.code) }
  }
  const post = (gateway: Gateway, body: object, headers = {}) =>
    send(gateway, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const get = (gateway: Gateway, parameters: Record<string, string>) =>
    send(gateway, {}, `?${new URLSearchParams(parameters)}`)
  const apollo = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } })

  const NAMES = [
    ['documentId', { documentId: 'a1' }],
    ['documentId, the hash of its text', { documentId: hashOf(NAME) }],
    ['documentId, the hash of its text with a prefix', { documentId: `sha256:${hashOf(NAME)}` }],
    ['what Apollo Client sends', { extensions: apollo('a1') }],
    ['what Apollo Client sends, the hash of its text', { extensions: apollo(hashOf(NAME)) }],
  ] as const
  describe.each([
    ['any document is taken', {}],
    ['only those of the list are taken', ONLY],
  ])('when %s', (_, environment) => {
    it.each(NAMES)('accepts a document by %s', async (_name, named) => {
      const gateway = await start(environment)
      expect(await post(gateway, named)).toMatchObject(NAME_ANSWER)
      const parameters = Object.entries(named).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ])
      expect(await get(gateway, Object.fromEntries(parameters))).toMatchObject(NAME_ANSWER)
    })

    it('passes on variables and the name of the operation', async () => {
      const gateway = await start(environment)
      const variables = { name: 'Money' }
      const data = { __type: { name: 'Money' } }
      expect(await post(gateway, { documentId: 'b2', operationName: 'Type', variables })).toMatchObject({
        status: 200,
        data,
      })
      expect(await get(gateway, { documentId: 'b2', variables: JSON.stringify(variables) })).toMatchObject({
        status: 200,
        data,
      })
      expect(await post(gateway, { documentId: 'b2', operationName: 'Other', variables })).toMatchObject({
        status: 400,
        codes: ['BAD_REQUEST'],
      })
      expect(await post(gateway, { documentId: 'b2', variables: 'none' })).toMatchObject({
        status: 400,
        codes: ['BAD_REQUEST'],
      })
    })

    it.each(['c3', '', 'sha256:', `sha256:${hashOf('other')}`, 'sha256:a1', 'constructor', '__proto__', 'A1'])(
      'has no document %j',
      async (id) => {
        const gateway = await start(environment)
        const expected = id === '' ? { status: 400 } : { status: 404, codes: ['PERSISTED_QUERY_NOT_FOUND'] }
        for (const accept of ['application/json', 'application/graphql-response+json', '*/*']) {
          expect(await post(gateway, { documentId: id }, { accept })).toMatchObject(expected)
        }
        expect(await get(gateway, { documentId: id })).toMatchObject(expected)
      },
    )
  })

  it.each([
    ['a document', { query: NAME }],
    ['a document of the list, as a text', { query: TYPE, variables: { name: 'Money' } }],
    ['a document beside an id', { query: '{ __schema { description } }', extensions: apollo('a1') }],
    ['a document beside an id of its own', { query: NAME, documentId: 'a1' }],
    ["the query of GraphiQL's page", { query: '{ __schema { types { name } } }', operationName: null }],
    ['nothing', {}],
    ['an id that is none', { documentId: 7 }],
    ['an id of another protocol', { extensions: { persistedQuery: { version: 2, sha256Hash: 'a1' } } }],
  ])('rejects %s with PERSISTED_DOCUMENTS_ONLY', async (_, body) => {
    expect(await post(await start(ONLY), body)).toEqual({
      status: 400,
      data: undefined,
      codes: ['PERSISTED_QUERY_ID_REQUIRED'],
    })
  })

  it('accepts any document when PERSISTED_DOCUMENTS_ONLY is not set', async () => {
    for (const gateway of [await start(), await start({ PERSISTED_DOCUMENTS_ONLY: 'false' })]) {
      expect(await post(gateway, { query: NAME })).toMatchObject(NAME_ANSWER)
      expect(await post(gateway, {})).toMatchObject({ status: 400, codes: ['BAD_REQUEST'] })
    }
  })

  it('answers PERSISTED_QUERY_NOT_FOUND without a list, so that clients send the document', async () => {
    const gateway = await start({ PERSISTED_DOCUMENTS: undefined })
    expect(await post(gateway, { extensions: apollo(hashOf(NAME)) })).toMatchObject({
      status: 404,
      codes: ['PERSISTED_QUERY_NOT_FOUND'],
    })
    expect(await post(gateway, { query: NAME, extensions: apollo(hashOf(NAME)) })).toMatchObject(NAME_ANSWER)
  })

  it('applies the limits of documents to persisted ones', async () => {
    const gateway = await start({ INTROSPECTION: 'off' })
    expect(await post(gateway, { documentId: 'b2', variables: { name: 'Money' } })).toMatchObject({
      status: 400,
      codes: ['INTROSPECTION_OFF'],
    })
    expect(await post(gateway, { documentId: 'a1' })).toMatchObject(NAME_ANSWER)
  })

  it('stops the start with a line for each unusable document, together with all other issues', async () => {
    const path = await write('bad.json', { good: NAME, bad: '{ nothing }', worse: '{' })
    const environment = { PERSISTED_DOCUMENTS: path, PORT: '0', VOBIZ_AUTH_ID: 'PA_1' }
    expect(() => createGateway({ environment })).toThrow(ConfigError)
    try {
      createGateway({ environment })
    } catch (error) {
      expect((error as ConfigError).issues).toEqual([
        expect.stringMatching(/^PERSISTED_DOCUMENTS: document "bad": Cannot query field "nothing"/),
        expect.stringMatching(/^PERSISTED_DOCUMENTS: document "worse": Syntax Error/),
        expect.stringMatching(/^VOBIZ_AUTH_TOKEN is not set, /),
      ])
    }
  })

  it('is read once', async () => {
    const gateway = await start(ONLY)
    await write('list.json', { c3: NAME })
    expect(await post(gateway, { documentId: 'a1' })).toMatchObject(NAME_ANSWER)
    expect(await post(gateway, { documentId: 'c3' })).toMatchObject({ status: 404 })
  })
})

describe('Apollo Client', () => {
  const ENTRIES = gql`
    query Entries {
      transactions(first: 1) {
        nodes { id }
      }
    }
  `
  const ANSWER = { transactions: { nodes: [{ id: expect.any(String) }] } }

  /** Creates a client that sends ids. Returns it with the bodies of its requests. */
  async function connect(environment: Environment, useGETForHashedQueries: boolean, idOf: (text: string) => string) {
    const at = await serveGateway({ environment })
    open.add(at)
    const sent: string[] = []
    const link = new PersistedQueryLink({
      generateHash: (document) => idOf(print(document)),
      useGETForHashedQueries,
    }).concat(
      new HttpLink({
        uri: `${at.origin}/graphql`,
        fetch: (input, init) => {
          const parameters = init?.body
            ? JSON.parse(String(init.body))
            : Object.fromEntries(new URL(String(input)).searchParams)
          sent.push(`${init?.method} ${Object.keys(parameters).includes('query') ? 'document' : 'id'}`)
          return fetch(input, init)
        },
      }),
    )
    return { client: new ApolloClient({ link, cache: new InMemoryCache() }), sent }
  }

  it.each([
    ['POST', false],
    ['GET', true],
  ])('sends only ids when they are in the list, by %s', async (method, useGet) => {
    const client = new ApolloClient({ link: new HttpLink({}), cache: new InMemoryCache() })
    const body = print(client.documentTransform.transformDocument(ENTRIES))
    const environment = {
      PERSISTED_DOCUMENTS: await write('list.json', manifestOf([hashOf(body), body])),
      PERSISTED_DOCUMENTS_ONLY: 'true',
    }
    const at = await connect(environment, useGet, hashOf)
    expect((await at.client.query({ query: ENTRIES })).data).toMatchObject(ANSWER)
    expect(at.sent).toEqual([`${method} id`])
  })

  it.each([
    ['another list', () => write('list.json', { a1: NAME })],
    ['no list', () => undefined],
  ])('sends the document after its id when there is %s', async (_, make) => {
    const at = await connect({ PERSISTED_DOCUMENTS: await make() }, false, hashOf)
    expect((await at.client.query({ query: ENTRIES })).data).toMatchObject(ANSWER)
    expect(at.sent).toEqual(['POST id', 'POST document'])
  })
})
