import { type DocumentNode, getOperationAST, OperationTypeNode, parse, validate } from 'graphql'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { TestGateway } from '../support/gateway.ts'
import { check, FUZZ_TIMEOUT_MS, fuzz } from './support/fuzz.ts'
import { checkResult, checkSound, checkStream, poolOf, secretsOf, send, startFuzzed } from './support/gateway.ts'
import { anyOperation, brokenOperation, type Operation } from './support/operations.ts'
import type { Pool } from './support/values.ts'

let at: TestGateway
let pool: Pool

beforeAll(async () => {
  at = await startFuzzed()
  pool = await poolOf(at)
})
afterAll(() => at.close())

/** The codes of an answer to an operation that never begins, by what GraphQL itself says of it. */
const REFUSED = {
  parse: ['GRAPHQL_PARSE_FAILED', 'LIMIT_EXCEEDED'],
  resolve: ['BAD_REQUEST', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT', 'LIMIT_EXCEEDED'],
  validate: ['GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT', 'LIMIT_EXCEEDED'],
}

/** At what an operation fails, as GraphQL itself says; null where it begins. */
function refusalOf({ query, operationName }: Operation): keyof typeof REFUSED | null {
  let document: DocumentNode
  try {
    document = parse(query)
  } catch {
    return 'parse'
  }
  if (!getOperationAST(document, operationName)) return 'resolve'
  return validate(at.gateway.schema, document).length > 0 ? 'validate' : null
}

/** The most characters of a message, whatever the values of the request. */
const MAX_MESSAGE = 600

async function run(operation: Operation): Promise<boolean> {
  const answer = await send(at, JSON.stringify(operation))
  checkSound(answer, secretsOf(at))
  const { data, errors } = checkResult(answer)
  const refusal = refusalOf(operation)
  if (refusal === null) return data !== undefined && data !== null
  const codes = (errors ?? []).map(({ extensions }) => extensions.code)
  check(
    data === undefined && codes.every((code) => REFUSED[refusal].includes(code)),
    () => `should fail at ${refusal}: ${answer.text}`,
  )
  return false
}

describe('operations of any kind', () => {
  it(
    'are answered with a result, most of them with data',
    async () => {
      let count = 0
      let withData = 0
      await fuzz(0.14, async (random, report) => {
        const operation = anyOperation({ schema: at.gateway.schema, pool, random, oddity: 0 })
        report(JSON.stringify(operation))
        check(
          refusalOf(operation) === null,
          () => `no valid operation: ${validate(at.gateway.schema, parse(operation.query))}`,
        )
        count++
        if (await run(operation)) withData++
      })
      check(withData >= count / 2, () => `only ${withData} of ${count} operations had data`)
    },
    FUZZ_TIMEOUT_MS,
  )

  it(
    'are answered with results and an end when they are subscriptions',
    () =>
      fuzz(0.03, async (random, report) => {
        const options = { schema: at.gateway.schema, pool, random, oddity: 0.05 }
        const operation = anyOperation(options, OperationTypeNode.SUBSCRIPTION)
        report(JSON.stringify(operation))
        const headers = { 'content-type': 'application/json', accept: 'text/event-stream' }
        const answer = await send(at, JSON.stringify(operation), headers)
        checkSound(answer, secretsOf(at))
        check(checkStream(answer) > 0, () => `no result: ${answer.text}`)
      }),
    FUZZ_TIMEOUT_MS,
  )

  it(
    'are answered with a result when their values are odd',
    () =>
      fuzz(0.08, async (random, report) => {
        const operation = anyOperation({ schema: at.gateway.schema, pool, random, oddity: 0.15 })
        report(JSON.stringify(operation))
        await run(operation)
      }),
    FUZZ_TIMEOUT_MS,
  )

  it(
    'are answered briefly when their values are large',
    () =>
      fuzz(0.02, async (random, report) => {
        const operation = anyOperation({ schema: at.gateway.schema, pool, random, oddity: 0, largeness: 0.15 })
        report(JSON.stringify(operation))
        const answer = await send(at, JSON.stringify(operation))
        checkSound(answer, secretsOf(at))
        for (const { message } of checkResult(answer).errors ?? []) {
          check(message.length <= MAX_MESSAGE, () => `a message of ${message.length} characters: ${answer.text}`)
        }
      }),
    FUZZ_TIMEOUT_MS,
  )

  it(
    'are refused by what GraphQL says of them when they are broken',
    () =>
      fuzz(0.12, async (random, report) => {
        const operation = brokenOperation({ schema: at.gateway.schema, pool, random, oddity: 0.05 })
        report(JSON.stringify(operation))
        await run(operation)
      }),
    FUZZ_TIMEOUT_MS,
  )
})
