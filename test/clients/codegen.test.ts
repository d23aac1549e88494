import { readdir, readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { execute } from '../../docs/examples/codegen/src/execute.ts'
import type { Provider, TypedDocumentString } from '../../docs/examples/codegen/src/gql/graphql.ts'
import { BALANCED, NEWEST } from '../../docs/examples/codegen/src/operations.ts'
import { copyExample, type ExampleCopy, readExample, runTool } from './support/example.ts'
import { type ServedGateway, serveGateway } from './support/serve.ts'

type VariablesOf<Document> = Document extends TypedDocumentString<infer _, infer Variables> ? Variables : never
type ResultOf<Document> = Document extends TypedDocumentString<infer Result, infer _> ? Result : never

/** The descriptions of the schema are comments in the generated code, and may be older. */
const withoutComments = (code: string) => code.replace(/^ *\/\*\*.*?\*\/\n/gms, '')

/** Passes generated documents to both clients. */
const COUNT_WITH_CLIENTS = `import type { ApolloClient } from '@apollo/client'
import type { Client } from '@urql/core'
import { graphql } from './gql/index.js'

const COUNTED = graphql(\`
  query Counted {
    transactions {
      totalCount
    }
  }
\`)

export async function count(apollo: ApolloClient, urql: Client): Promise<(number | null | undefined)[]> {
  const [one, other] = [await apollo.query({ query: COUNTED }), await urql.query(COUNTED, {})]
  return [one.data?.transactions.totalCount, other.data?.transactions.totalCount]
}
`

describe('the example for GraphQL Code Generator', () => {
  let at: ServedGateway

  beforeAll(async () => {
    at = await serveGateway()
  })
  afterAll(() => at?.close())

  it('executes its operations', async () => {
    const url = `${at.origin}/graphql`
    const { transactions } = await execute(
      NEWEST,
      { count: 1, filter: { minAmount: '0.1', providers: ['KOBBLE'] } },
      url,
    )
    expect(transactions.nodes).toEqual([
      {
        createdAt: expect.any(String),
        amount: { amount: expect.any(String), currency: 'AUD' },
        raw: expect.any(Object),
      },
    ])
    const period = { from: '2026-09-01', to: '2026-09-01' }
    const { vobizReconciliation } = await execute(BALANCED, { period }, url)
    expect(vobizReconciliation).toEqual({ balanced: true, period })
  })

  it('rejects with the message of the first error', async () => {
    await expect(execute(NEWEST, { count: 101 }, `${at.origin}/graphql`)).rejects.toThrow('from 0 to 100')
  })

  // These are checked by the compiler: "npm run types" fails when one of them does not hold.
  it('has exact types for results', () => {
    type Entry = NonNullable<ResultOf<typeof NEWEST>['transactions']['nodes'][number]>
    expectTypeOf<keyof Entry>().toEqualTypeOf<'createdAt' | 'amount' | 'raw'>()
    expectTypeOf<Entry['createdAt']>().toEqualTypeOf<string>()
    expectTypeOf<Entry['amount']>().toEqualTypeOf<{ amount: string; currency: string }>()
    expectTypeOf<Entry['raw']>().toEqualTypeOf<unknown>()
    expectTypeOf<ResultOf<typeof BALANCED>['vobizReconciliation']['period']['from']>().toEqualTypeOf<string>()
    expectTypeOf<ResultOf<typeof NEWEST>['transactions']['nodes'][number]>().toEqualTypeOf<Entry | null>()
  })

  it('has exact types for variables', () => {
    type Variables = VariablesOf<typeof NEWEST>
    type Filter = NonNullable<Variables['filter']>
    expectTypeOf<Variables['count']>().toEqualTypeOf<number>()
    expectTypeOf<NonNullable<Filter['minAmount']>>().toEqualTypeOf<string>()
    expectTypeOf<'KOBBLE' | 'VOBIZ'>().toExtend<Provider>()
    expectTypeOf<string>().not.toExtend<Provider>()
    expectTypeOf<{ count: number }>().toExtend<Variables>()
    expectTypeOf<{ filter: Filter }>().not.toExtend<Variables>()
  })

  it('is generated from this schema; "npm run examples" writes it', async () => {
    const copy = await copyExample('codegen')
    try {
      await runTool(copy.folder, 'graphql-codegen')
      for (const file of await readdir(`${copy.folder}/src/gql`)) {
        const generated = await readFile(`${copy.folder}/src/gql/${file}`, 'utf8')
        expect(withoutComments(await readExample(`codegen/src/gql/${file}`)), file).toBe(withoutComments(generated))
      }
    } finally {
      await copy.close()
    }
  })

  describe('after a change', () => {
    let copy: ExampleCopy
    afterEach(() => copy?.close())
    const generate = () => runTool(copy.folder, 'graphql-codegen')

    it('generates nothing for a field that does not exist', async () => {
      copy = await copyExample('codegen')
      await copy.edit('src/operations.ts', (text) => text.replace('createdAt', 'madeAt'))
      await expect(generate()).rejects.toThrow('Cannot query field "madeAt" on type "Transaction"')
    })

    it('generates nothing for a scalar without a type', async () => {
      copy = await copyExample('codegen')
      await copy.edit('codegen.ts', (text) => text.replace(/^ *Decimal: .*\n/m, ''))
      await expect(generate()).rejects.toThrow('Decimal')
    })

    it('generates documents for Apollo Client and urql when documentMode is left out', async () => {
      copy = await copyExample('codegen')
      await copy.edit('codegen.ts', (text) => text.replace(/^ *documentMode: .*\n/m, ''))
      await copy.edit('src/operations.ts', () => COUNT_WITH_CLIENTS)
      await copy.edit('src/execute.ts', () => '')
      await generate()
      await copy.checkTypes()
    })
  })
})
