import { setImmediate as turn } from 'node:timers/promises'
import { buildSchema, type DocumentNode, type ExecutionResult, execute as executeReference, parse } from 'graphql'
import { describe, expect, it, vi } from 'vitest'
import { type CancellationSignal, type ExecuteOptions, execute } from '../../src/execution/execute.ts'
import { compileOperation } from '../../src/execution/operation.ts'
import { prepareOperation } from '../../src/execution/prepared-operations.ts'

const SCHEMA = buildSchema(`
  directive @defer on INLINE_FRAGMENT
  directive @stream on FIELD
  input Range { from: Int! = 3, to: Int }
  type Query {
    name: String, count(from: Int = 1): Int, slow: Query, list: [Int!], queries: [Query!], self: Query!
    args(id: ID, size: Int! = 5, needed: Int!, ids: [ID!], range: Range): String
  }
  type Subscription { ticks: Int }
`)
const NO_MUTATIONS = 'Schema is not configured to execute mutation operation.'

function run(text: string, options: ExecuteOptions = {}): ExecutionResult | Promise<ExecutionResult> {
  return execute(compileOperation(SCHEMA, parse(text))!, options)
}

/** Returns the data as JSON has it. */
const dataOf = (result: ExecutionResult | Promise<ExecutionResult>) =>
  JSON.parse(JSON.stringify((result as ExecutionResult).data))

describe('execute()', () => {
  it('returns a result at once when every resolver does', () => {
    const result = run('{ name count self { name } }', {
      rootValue: { name: 'a', count: () => 2, self: { name: 'b' } },
    })
    expect(dataOf(result)).toEqual({ name: 'a', count: 2, self: { name: 'b' } })
  })

  it('returns a promise when a resolver does, with the keys in the order of the document', async () => {
    const result = run('{ count slow { name } name }', {
      rootValue: { name: 'a', count: Promise.resolve(1), slow: async () => ({ name: Promise.resolve('b') }) },
    })
    expect(result).toBeInstanceOf(Promise)
    expect(JSON.stringify(await result)).toBe('{"data":{"count":1,"slow":{"name":"b"},"name":"a"}}')
  })

  it('answers response keys that have a meaning for JavaScript like all others', () => {
    const result = run('{ __proto__: name constructor: name toString: name self { __proto__: name } }', {
      rootValue: { name: 'a', self: { name: 'b' } },
    })
    expect(JSON.stringify(result)).toBe(
      '{"data":{"__proto__":"a","constructor":"a","toString":"a","self":{"__proto__":"b"}}}',
    )
  })

  it('treats a mutation with the response key "then" as graphql-js does', async () => {
    const schema = buildSchema('scalar Any type Query { name: String } type Mutation { any: Any name: String }')
    const document = parse('mutation { then: any name }')
    const rootValue = { any: () => (resolve: (value: unknown) => void) => resolve(1), name: 'a' }
    const [ours, theirs] = await Promise.all([
      execute(compileOperation(schema, document)!, { rootValue }),
      executeReference({ schema, document, rootValue }),
    ])
    expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs))
    expect(theirs.errors).toHaveLength(1)
  })

  it('gives each resolver its own arguments, and those without any a frozen object', () => {
    const calls: object[] = []
    const rootValue = {
      count: (args: object) => calls.push(args),
      name: (args: object) => (Object.isFrozen(args) ? 'frozen' : 'not frozen'),
    }
    const operation = compileOperation(SCHEMA, parse('{ count(from: 7) name }'))!
    expect([execute(operation, { rootValue }), execute(operation, { rootValue })].map(dataOf)).toEqual([
      { count: 1, name: 'frozen' },
      { count: 2, name: 'frozen' },
    ])
    expect(calls).toEqual([{ from: 7 }, { from: 7 }])
    expect(calls[0]).not.toBe(calls[1])
  })

  it.each([
    ['(needed: 1)', {}],
    ['(needed: 1, size: null)', {}],
    ['(needed: 1, id: null, ids: null)', {}],
    ['(needed: 1, id: 7, ids: "a", range: { to: 2 })', {}],
    ['(needed: 1, ids: [], range: {})', {}],
    ['(needed: 1, range: { from: null })', {}],
    ['(needed: 1, ids: ["a", $id])', {}],
    ['(needed: 1, ids: ["a", $id])', { id: 'b' }],
    ['(needed: 1, id: $id, size: $size)', {}],
    ['(needed: 1, id: $id, size: $size)', { id: 'a', size: 9 }],
    ['(needed: 1, id: $id, size: $size)', { id: null, size: null }],
    ['(needed: $size)', {}],
    ['(needed: $size)', { size: null }],
    ['(needed: $size)', { size: 2 }],
    ['(needed: "no number")', {}],
    ['', {}],
  ])('passes and rejects the arguments %j with the variables %j as graphql-js does', (args, variableValues) => {
    const document = parse(`query ($id: ID, $size: Int) { args${args} }`)
    const rootValue = { args: (values: object) => JSON.stringify(values) }
    const expected = executeReference({ schema: SCHEMA, document, rootValue, variableValues })
    const operation = compileOperation(SCHEMA, document)!
    for (let round = 0; round < 2; round++) expect(execute(operation, { rootValue, variableValues })).toEqual(expected)
  })

  it('reports an operation for which the schema has no type', () => {
    const result = execute(compileOperation(SCHEMA, parse('mutation { name }'))!) as ExecutionResult
    expect(result).toMatchObject({ data: null, errors: [{ message: NO_MUTATIONS }] })
  })

  it('handles the rejections of items next to one that fails at once', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const reject = async () => {
      await turn()
      throw new Error('too late')
    }
    const result = run('{ list queries { name self { name } } }', {
      rootValue: {
        list: () => [reject(), new Error('at once'), reject()],
        queries: [{ name: 'a', self: reject }, null, { name: 'b' }],
      },
    })
    for (let turns = 0; turns < 4; turns++) await turn()
    process.off('unhandledRejection', unhandled)
    expect(await result).toMatchObject({
      data: { list: null, queries: null },
      errors: [
        { message: 'at once', path: ['list', 1] },
        { message: 'Cannot return null for non-nullable field Query.queries.', path: ['queries', 1] },
      ],
    })
    expect(unhandled).not.toHaveBeenCalled()
  })
})

describe('execute() with a signal', () => {
  const pending = new Promise<never>(() => {})
  const REASON = new Error('the caller is gone')

  it('throws the reason of a signal that has aborted, and calls no resolver', () => {
    const name = vi.fn()
    expect(() => run('{ name }', { rootValue: { name }, signal: AbortSignal.abort(REASON) })).toThrow(REASON)
    expect(name).not.toHaveBeenCalled()
  })

  it('rejects with the reason at once, whatever resolvers wait for', async () => {
    const controller = new AbortController()
    const result = run('{ name slow { name } }', {
      rootValue: { name: 'a', slow: () => pending },
      signal: controller.signal,
    })
    setImmediate(() => controller.abort(REASON))
    await expect(result).rejects.toBe(REASON)
  })

  it('calls no resolver after the abort', async () => {
    const controller = new AbortController()
    const name = vi.fn()
    const slow = Promise.withResolvers<object>()
    const result = run('{ slow { name } }', { rootValue: { slow: slow.promise }, signal: controller.signal })
    controller.abort(REASON)
    await expect(result).rejects.toBe(REASON)
    slow.resolve({ name })
    await turn()
    expect(name).not.toHaveBeenCalled()
  })

  it.each([
    ['at once', (abort: () => void) => abort()],
    ['while others are awaited', (abort: () => void) => [abort(), Promise.resolve('a')][1]],
  ])('ends when a resolver aborts it itself, %s', async (_, name) => {
    const controller = new AbortController()
    const count = vi.fn()
    const abort = () => controller.abort(REASON)
    const execution = async () =>
      run('{ name count }', { rootValue: { name: () => name(abort), count }, signal: controller.signal })
    await expect(execution()).rejects.toBe(REASON)
    expect(count).not.toHaveBeenCalled()
  })

  it('leaves no listener behind, whether it completes or aborts', async () => {
    const listeners = new Set<() => void>()
    const signal: CancellationSignal = {
      aborted: false,
      reason: REASON,
      addEventListener: (_, listener) => listeners.add(listener),
      removeEventListener: (_, listener) => listeners.delete(listener),
    }
    expect(run('{ name }', { signal })).not.toBeInstanceOf(Promise)
    await run('{ name }', { rootValue: { name: Promise.resolve('a') }, signal })
    expect(listeners.size).toBe(0)
    const aborted = run('{ name }', { rootValue: { name: pending }, signal })
    expect(listeners.size).toBe(1)
    for (const listener of listeners) listener()
    await expect(aborted).rejects.toBe(REASON)
    expect(listeners.size).toBe(0)
  })
})

describe('compileOperation()', () => {
  it.each([
    ['an operation that is missing', '{ name }', 'Other'],
    ['a name that is missing', 'query A { name } query B { name }', undefined],
    ['a subscription', 'subscription { ticks }', undefined],
    ['@defer', '{ self { ... @defer { name } } }', undefined],
    ['@stream', '{ ...F } fragment F on Query { list @stream }', undefined],
  ])('returns null for %s', (_, text, operationName) => {
    expect(compileOperation(SCHEMA, parse(text), operationName)).toBeNull()
  })

  it('executes one operation under every value of the variables of @skip and @include', () => {
    const text = `query ($a: Boolean!, $b: Boolean = true) {
      self @include(if: $a) { name ...F @skip(if: $b) } name @skip(if: $a)
    } fragment F on Query { count }`
    const operation = compileOperation(SCHEMA, parse(text))!
    const self = { name: 'b', count: 2 }
    const data = (variableValues: Record<string, unknown>) =>
      execute(operation, { rootValue: { name: 'a', self }, variableValues }) as ExecutionResult
    for (let round = 0; round < 2; round++) {
      expect(dataOf(data({ a: true, b: true }))).toEqual({ self: { name: 'b' } })
      expect(dataOf(data({ a: true, b: false }))).toEqual({ self: { name: 'b', count: 2 } })
      expect(dataOf(data({ a: false, b: true }))).toEqual({ name: 'a' })
      // Null is a value of the variable, and not allowed in a directive.
      expect(data({ a: true, b: null }).errors).toMatchObject([{ path: ['self'] }])
    }
  })
})

describe('prepareOperation()', () => {
  it('compiles each operation of a document once for a schema', () => {
    const document = parse('query A { name } query B { count }')
    const [a, b] = ['A', 'B'].map((name) => prepareOperation(SCHEMA, document, name))
    expect(prepareOperation(SCHEMA, document, 'A')).toBe(a)
    expect(prepareOperation(SCHEMA, document, 'B')).toBe(b)
    expect(prepareOperation(SCHEMA, parse('query A { name }'), 'A')).not.toBe(a)
    const other = buildSchema('type Query { name: Int }')
    expect(prepareOperation(other, document, 'A')?.schema).toBe(other)
  })

  it('keeps no names of operations that do not exist', () => {
    const document = parse('query A { name }')
    expect(prepareOperation(SCHEMA, document, 'B')).toBeNull()
    expect(prepareOperation(SCHEMA, document)).toBe(prepareOperation(SCHEMA, document, 'A'))
  })

  it('does not keep more than a document of its size has', () => {
    /** A document that doubles its fields with each fragment. */
    const doubling = (levels: number): DocumentNode => {
      const fragments = Array.from(
        { length: levels },
        (_, level) => `fragment F${level} on Query { a: self { ...F${level + 1} } b: self { ...F${level + 1} } }`,
      )
      return parse(`{ ...F0 } ${fragments.join(' ')} fragment F${levels} on Query { name }`)
    }
    const isKept = (document: DocumentNode): boolean => {
      const operation = prepareOperation(SCHEMA, document)!
      const rootValue = { self: () => rootValue, name: 'a' }
      expect(execute(operation, { rootValue })).not.toHaveProperty('errors')
      return prepareOperation(SCHEMA, document) === operation
    }
    expect([isKept(doubling(3)), isKept(doubling(9))]).toEqual([true, false])
  })
})
