import { setImmediate as turn } from 'node:timers/promises'
import {
  buildSchema,
  type DocumentNode,
  type ExecutionResult,
  execute as executeReference,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  parse,
  printSchema,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execute } from '../../src/execution/execute.ts'
import { prepareOperation } from '../../src/execution/prepared-operations.ts'
import { PROVIDERS } from '../../src/gateway.ts'
import { createRandom } from '../../src/sandbox/random.ts'
import { createSchema } from '../../src/schema.ts'
import { RUNS } from '../support/runs.ts'
import { type AnyDocument, anyDocument } from './support/documents.ts'
import { everyKindSchema } from './support/every-kind.ts'
import { addMocks, type MockContext } from './support/mocks.ts'

/** Rejections that nobody handled. Vitest's own listeners wait, because graphql-js itself leaves some. */
const unhandled: unknown[] = []
const record = (reason: unknown) => unhandled.push(reason)
const others = process.listeners('unhandledRejection')
beforeAll(() => {
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', record)
})
afterAll(() => {
  process.off('unhandledRejection', record)
  for (const other of others) process.on('unhandledRejection', other)
})

type Run = () => ExecutionResult | Promise<ExecutionResult>

function describeError({ name, message, path, locations, nodes, extensions, originalError }: GraphQLError): unknown {
  const original = originalError && [originalError.name, originalError.message]
  return {
    name,
    message,
    path,
    locations,
    nodes: nodes?.map(({ kind, loc }) => [kind, loc?.start]),
    extensions,
    original,
  }
}

/** Returns everything of a result as a text, with the order of its keys. */
const describeResult = (result: ExecutionResult): string =>
  JSON.stringify({ keys: Object.keys(result), data: result.data, errors: result.errors?.map(describeError) }, null, 1)

/** The turns of the event loop after which a promise counts as one that never settles; delays take far fewer. */
const MAX_TURNS = 200

/** Returns what an execution did: its result when it was complete and after some time, its calls, and whether it was synchronous. */
async function observe(run: Run, { calls }: MockContext): Promise<unknown> {
  const running = run()
  let settled: { result: ExecutionResult; atOnce: string; callsAtOnce: number } | undefined
  const settle = (result: ExecutionResult) => {
    settled = { result, atOnce: describeResult(result), callsAtOnce: calls.length }
  }
  const isPromise = running instanceof Promise
  if (isPromise) void running.then(settle)
  else settle(running)
  // An object of the response may have a function as its "then", which makes it a promise that never settles.
  for (let turns = 0; turns < MAX_TURNS && !settled; turns++) await turn()
  // Fields next to one that has failed still run, and must not change the result.
  for (let turns = 0; turns < 3; turns++) await turn()
  const { result, ...first } = settled ?? {}
  return { isPromise, ...first, later: result && describeResult(result), calls: [...calls] }
}

interface Case {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly variables: AnyDocument['variables']
  readonly context: Omit<MockContext, 'calls'>
}

/** Compares one execution with that of graphql-js. Returns false when its variables do not have their types. */
async function compare({ schema, document, variables, context }: Case): Promise<boolean> {
  const operation = prepareOperation(schema, document)
  const definitions = getOperationAST(document)?.variableDefinitions ?? []
  const { coerced } = getVariableValues(schema, definitions, variables)
  if (!coerced) return false
  expect(operation).not.toBeNull()
  const [ours, theirs] = [
    { ...context, calls: [] },
    { ...context, calls: [] },
  ]
  const observed = await observe(() => execute(operation!, { contextValue: ours, variableValues: coerced }), ours)
  expect(unhandled.splice(0)).toEqual([])
  const reference = await observe(
    () => executeReference({ schema, document, contextValue: theirs, variableValues: variables }),
    theirs,
  )
  unhandled.splice(0)
  expect(observed).toEqual(reference)
  return true
}

/** Compares so many made-up executions, each document with two sets of data. */
async function compareMany(schema: GraphQLSchema, cases: number): Promise<void> {
  let compared = 0
  for (let seed = RUNS.differentialSeed; compared < cases; seed++) {
    const random = createRandom(seed)
    const { text, variables } = anyDocument(schema, random)
    const document = parse(text)
    for (let data = 0; data < 2; data++) {
      const context = {
        seed: random.integer(0, 2 ** 31),
        oddity: random.pick([0, 0.01, 0.05, 0.2]),
        asynchrony: random.pick([0, 0.2, 0.6]),
      }
      try {
        if (await compare({ schema, document, variables, context })) compared++
      } catch (error) {
        throw new Error(`DIFFERENTIAL=1 DIFFERENTIAL_SEED=${seed}\n${text}\n${JSON.stringify(variables)}`, {
          cause: error,
        })
      }
    }
  }
}

describe('execute() of a compiled operation, and execute() of graphql-js', () => {
  it('return the same results, errors and calls over a schema with every kind of type', async () => {
    await compareMany(everyKindSchema(), RUNS.differential(300, 0.7))
  })

  it("return the same results, errors and calls over the gateway's types", async () => {
    const schema = buildSchema(printSchema(createSchema(PROVIDERS).served))
    addMocks(schema)
    await compareMany(schema, RUNS.differential(300, 0.3))
  })
})
