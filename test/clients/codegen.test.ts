import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { followRecipe, type Project } from './support/recipe.ts'
import { type ServedGateway, serveGateway } from './support/serve.ts'

/** Compiles only if each of these is the type that is told: neither `any`, nor wider, nor narrower. */
const SCALARS = `import { graphql } from './gql'
import { ask, NEWEST } from './newest'

const COMPARED = graphql(\`
  query Compared($period: PeriodInput!) {
    vobizReconciliation(period: $period) {
      period {
        from
      }
    }
  }
\`)

const { transactions } = await ask(NEWEST, { count: 1, filter: { minAmount: '0.1', providers: ['KOBBLE'] } })
const { vobizReconciliation } = await ask(COMPARED, { period: { from: '2026-09-01', to: '2026-09-01' } })
const { amount, createdAt, raw } = transactions.nodes[0]!

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(values: { are: Same<A, B> }) => values
same<typeof amount.amount, string>({ are: true })
same<typeof amount.currency, string>({ are: true })
same<typeof createdAt, string>({ are: true })
same<typeof vobizReconciliation.period.from, string>({ are: true })
same<typeof raw, unknown>({ are: true })

export const scalars = [amount.amount, amount.currency, createdAt, vobizReconciliation.period.from]
`

const USE = "import { ask, NEWEST } from './newest'\n\n"
const page = (variables: string) => `(await ask(NEWEST, ${variables})).transactions`

/** Programs with a mistake each, and what the compiler says of it. */
const MISTAKES = {
  [`export const wrong = ${page('{ count: 1 }')}.nodes[0]!.ammount`]: "Property 'ammount' does not exist",
  [`export const unselected = ${page('{ count: 1 }')}.nodes[0]!.status`]: "Property 'status' does not exist",
  [`export const unchecked = ${page('{ count: 1 }')}.nodes[0].createdAt`]: 'Object is possibly',
  [`export const sum: number = ${page('{ count: 1 }')}.nodes[0]!.amount.amount`]:
    "Type 'string' is not assignable to type 'number'",
  [`export const inexact = ${page('{ count: 1, filter: { minAmount: 0.1 } }')}`]:
    "Type 'number' is not assignable to type 'string'",
  [`export const unknown = ${page("{ count: 1, filter: { providers: ['VOBITZ'] } }")}`]: `Type '"VOBITZ"' is not assignable`,
  [`export const missing = ${page('{}')}`]: "Property 'count' is missing",
}

/** What the generated documents are for. */
const CLIENTS = `import type { ApolloClient } from '@apollo/client'
import type { Client } from '@urql/core'
import { graphql } from './gql'

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

describe('types for the operations of a client', () => {
  let at: ServedGateway
  const projects: Project[] = []

  beforeAll(async () => {
    at = await serveGateway()
  })
  afterAll(async () => {
    for (const project of projects) await project.close()
    await at?.close()
  })

  async function start(files: Readonly<Record<string, string>>): Promise<Project> {
    const project = await followRecipe('Types', at.origin)
    projects.push(project)
    for (const [path, text] of Object.entries(files)) await project.write(path, text)
    return project
  }
  const generate = (project: Project) => project.run('node_modules/.bin/graphql-codegen')

  it('are text for every scalar that is text, and unknown for what is not described', async () => {
    const project = await start({ 'src/scalars.ts': SCALARS })
    await generate(project)
    expect(await project.checkTypes()).toEqual([])
    const { scalars } = await project.load<{ scalars: unknown[] }>('src/scalars.ts')
    expect(scalars).toEqual([...scalars.slice(0, -1).map(() => expect.any(String)), '2026-09-01'])
  })

  it('fit nothing that the schema does not say', async () => {
    const files = Object.keys(MISTAKES).map((text, index) => [`src/mistake${index}.ts`, `${USE}${text}\n`] as const)
    const project = await start(Object.fromEntries(files))
    await generate(project)
    const complaints = Object.values(MISTAKES).map((complaint, index) =>
      expect.stringMatching(new RegExp(`^src/mistake${index}\\.ts.*${complaint}`)),
    )
    expect([...(await project.checkTypes())].sort()).toEqual(complaints)
  })

  it('do not come about for a field that the schema has not', async () => {
    const project = await start({ 'src/count.ts': CLIENTS.replace('totalCount', 'totalAmount') })
    await expect(generate(project)).rejects.toThrow('Cannot query field "totalAmount" on type "TransactionConnection"')
  })

  it('do not come about for a scalar that nobody tells the type of', async () => {
    const project = await start({})
    await project.write('codegen.ts', (await project.read('codegen.ts')).replace(/^ *Decimal: .*\n/m, ''))
    await expect(generate(project)).rejects.toThrow('Decimal')
  })

  it('come with documents that Apollo Client and urql take, where these are not text', async () => {
    const project = await start({ 'src/newest.ts': '', 'src/count.ts': CLIENTS })
    await project.write('codegen.ts', (await project.read('codegen.ts')).replace(/^ *documentMode: .*\n/m, ''))
    await generate(project)
    expect(await project.checkTypes()).toEqual([])
  })
})
