import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type GraphQLField, getIntrospectionQuery, isRequiredArgument } from 'graphql'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { selectAll } from '../support/selection.ts'
import type { Message, Report } from './gateway-process.ts'

/**
 * The longest piece of synchronous work that is allowed, in units of reading and writing a thousand rows of JSON. On the
 * machine on which the limits were set a unit took 0.5 ms of CPU time, so that this is 100 ms.
 */
const MAX_UNITS = 200
const PROGRAM = fileURLToPath(new URL('gateway-process.ts', import.meta.url))

let at: TestGateway
let child: ChildProcess
let port: number

async function message(): Promise<Message> {
  const [received] = await once(child, 'message')
  return received as Message
}

async function report(): Promise<Report> {
  const next = message()
  child.send('report')
  return (await next) as Report
}

beforeAll(async () => {
  at = await startGateway()
  child = fork(PROGRAM, [], {
    env: {
      PATH: process.env.PATH,
      ...at.vobiz.environment,
      ...at.kobble.environment,
      LOG_LEVEL: 'silent',
      RATE_LIMIT_PER_MINUTE: '0',
    },
  })
  port = ((await message()) as { port: number }).port
})

afterAll(async () => {
  child?.send('stop')
  await at?.close()
})

const repeat = (count: number, write: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => write(i)).join(' ')

/** Selects every scalar field of a type that needs no argument, without aliases. */
function leavesOf(typename: string): string {
  const { schema } = at.gateway
  const type = schema.getType(typename)!
  const args = (field: GraphQLField<unknown, unknown>) => (field.args.some(isRequiredArgument) ? null : '')
  return selectAll(schema, type as never, 0, args).replace(/\w+_(\w+): \1/g, '$1')
}

interface Operation {
  readonly query: string
  readonly variables?: object
}

/** Operations at the limits, each in another way. */
const DEAREST: Readonly<Record<string, () => Operation>> = {
  'every field of the allowed number of pages of one list': () => ({
    query: `{ ${repeat(12, (i) => `a${i}: transactions(first: 100) { edges { cursor node { ...T } } }`)} } fragment T on Transaction ${leavesOf('Transaction')}`,
  }),
  'the amounts of 48 pages that share their reads': () => ({
    query: `{ ${repeat(48, (i) => `a${i}: transactions(first: 100) { edges { cursor node { id providerId amount { amount currency } createdAt updatedAt status } } }`)} }`,
  }),
  '4,800 cursors': () => ({
    query: `{ ${repeat(48, (i) => `a${i}: transactions(first: 100) { edges { cursor } }`)} }`,
  }),
  'the raw rows of 48 pages': () => ({
    query: `{ ${repeat(48, (i) => `a${i}: transactions(first: 100) { nodes { raw } }`)} }`,
  }),
  'sums over all entries, each with its own filter': () => ({
    query: `{ ${repeat(48, (i) => `a${i}: transactions(filter: { minAmount: "0.${'1'.repeat(60)}${i}" }) { summary { totals { credit } } }`)} }`,
  }),
  'sums over all entries in parts, for every customer': () => ({
    query: `{ vobizCustomers(first: 20) { nodes { transactions { totalCount summary { totals { net } } byReferenceType { net } } } } }`,
  }),
  'groups of a year, each in another way': () => ({
    query: `{ transactions { ${repeat(20, (i) => `a${i}: groups(by: [DAY, CATEGORY, DIRECTION, STATUS], timeZone: "Etc/GMT+${(i % 12) + 1}") { day category direction status summary { count totals { currency credit debit net } } }`)} } }`,
  }),
  'a hundred accounts in one filter': () => ({
    query: `query ($w: [ID!]) { ${repeat(4, (i) => `a${i}: transactions(first: 100, filter: { kobbleWallets: $w }) { edges { cursor node { id } } }`)} }`,
    variables: { w: at.kobble.entries.slice(0, 100).map(({ id }) => id) },
  }),
  'as many variables as are allowed': () => ({
    query: 'query ($s: [TransactionStatus!]) { transactions(first: 1, filter: { statuses: $s }) { nodes { id } } }',
    variables: { s: Array.from({ length: 9990 }, () => 'COMPLETED') },
  }),
  'a thousand representations': () => ({
    query: `query ($r: [_Any!]!) { _entities(representations: $r) { ... on KobbleTransaction ${leavesOf('KobbleTransaction')} } }`,
    variables: {
      r: at.kobble.entries.slice(0, 1000).map(({ id }) => ({ __typename: 'KobbleTransaction', providerId: id })),
    },
  }),
  'the whole schema': () => ({ query: getIntrospectionQuery() }),
  'the types of the schema, five times': () => ({
    query: `{ ${repeat(5, (i) => `a${i}: __schema { types { name fields { name description type { name fields { name description args { name description type { name } } } } } } }`)} }`,
  }),
  '300 selections of one field': () => ({
    query: `{ transactions { pageInfo { ${repeat(300, () => 'hasNextPage')} } } }`,
  }),
}

it.each(Object.keys(DEAREST))('%s does not block other requests', async (name) => {
  const body = JSON.stringify(DEAREST[name]!())
  const longest: number[] = []
  // The first run compiles the code that the others use.
  for (let times = 0; times < 3; times++) {
    await report()
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    const text = await response.text()
    expect({ status: response.status, start: text.slice(0, 8) }).toEqual({ status: 200, start: '{"data":' })
    const { longestUs, unitUs } = await report()
    longest.push(longestUs / unitUs)
  }
  expect(Math.min(...longest.slice(1))).toBeLessThan(MAX_UNITS)
})
