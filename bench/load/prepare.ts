import { isDeepStrictEqual } from 'node:util'
import { answerOf } from '../upstream/routes.ts'
import { firstDifference } from '../workloads/compare.ts'
import { type Ask, forVariants, type Plan, type Workload } from '../workloads/workload.ts'
import { LoadClient, type LoadRequest } from './client.ts'

/** A server under test. */
export interface Target {
  /** Unique; it is shown in the report. */
  readonly name: string
  /** The floor passes upstream answers on; a GraphQL server answers operations. */
  readonly kind: 'floor' | 'graphql'
  readonly origin: string
}

/** A request whose answer was compared with the expected one. */
export interface CheckedRequest extends LoadRequest {
  readonly answer: Buffer
  /** Rows of the providers in the answer. */
  readonly rows: number
}

const PATH = '/graphql'
const CONNECTIONS = 8

const operation = (query: string, variables: object): LoadRequest => ({
  method: 'POST',
  path: PATH,
  body: JSON.stringify({ query, variables }),
})

/** @throws when the answer holds an error */
function dataOf(answer: Buffer): unknown {
  const result = JSON.parse(answer.toString()) as { readonly data?: unknown; readonly errors?: unknown }
  if (result.errors !== undefined || result.data == null) throw new Error(answer.toString().slice(0, 2000))
  return result.data
}

/** @throws when the floor does not pass on exactly the upstream's answers */
function checkFloor(answer: Buffer, { stages }: Plan): void {
  const expected = Buffer.concat(stages.flat().map((target) => answerOf('GET', target).body))
  if (!isDeepStrictEqual(answer, expected)) throw new Error('the answer is not that of the upstream')
}

/** @throws when the answer holds an error or any value that is not as expected */
function checkGraphql(answer: Buffer, { expected }: Plan): void {
  const difference = firstDifference(dataOf(answer), expected)
  if (difference !== null) throw new Error(difference)
}

async function requestsFor(
  workload: Workload,
  { kind }: Target,
  client: LoadClient,
  variants: number,
): Promise<LoadRequest[]> {
  if (kind === 'floor') {
    return Array.from({ length: variants }, (_, variant) => ({
      method: 'GET',
      path: `/${workload.name}/${variant}`,
      body: null,
    }))
  }
  const ask: Ask = async (query, variables) => dataOf(await client.send(operation(query, variables)))
  const variables = await workload.prepare(ask, variants)
  return variables.map((values) => operation(workload.document, values))
}

/**
 * Prepares the requests of a workload for one server, sends each of them once, and compares every answer.
 * @throws with the server, the variant and the first difference
 */
export async function prepareRequests(
  workload: Workload,
  target: Target,
  variants: number,
): Promise<readonly CheckedRequest[]> {
  // Before the first request: computing them blocks this process, and the server would close connections that are idle meanwhile.
  const plans = Array.from({ length: variants }, (_, variant) => workload.plan(variant))
  const client = new LoadClient(target.origin, CONNECTIONS)
  try {
    const requests = await requestsFor(workload, target, client, variants)
    return await forVariants(requests.length, async (variant) => {
      const request = requests[variant]!
      const plan = plans[variant]!
      try {
        const answer = await client.send(request)
        if (target.kind === 'floor') checkFloor(answer, plan)
        else checkGraphql(answer, plan)
        return { ...request, answer, rows: plan.rows }
      } catch (error) {
        throw new Error(`${target.name}, ${workload.name}, variant ${variant}: ${error}`, { cause: error })
      }
    })
  } finally {
    await client.close()
  }
}
