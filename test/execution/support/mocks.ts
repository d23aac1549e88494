import {
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  responsePathAsArray,
} from 'graphql'
import { createRandom, type Random } from '../../../src/sandbox/random.ts'

/** The context of one execution over mocks. */
export interface MockContext {
  /** Determines every value, failure and delay, by its path. */
  readonly seed: number
  /** The probability of each kind of failure. */
  readonly oddity: number
  /** The probability that a value is a promise. */
  readonly asynchrony: number
  /** What the resolvers were called with, in order. */
  readonly calls: string[]
}

/** An object of the mocked data. */
interface MockObject extends Record<string, unknown> {
  readonly $type: string
  readonly $seed: number
}

/** Returns a number that depends on a text and a seed. */
function hash(text: string, seed: number): number {
  let value = seed ^ 0x811c9dc5
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value >>> 0
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Returns a promise of a value after some microtasks, or after a turn of the event loop. */
async function delayed(random: Random, settle: () => unknown): Promise<unknown> {
  if (random.chance(0.15)) await turn()
  for (let ticks = random.integer(0, 4); ticks > 0; ticks--) await undefined
  return settle()
}

/** Returns something that a resolver may throw. */
function anyFailure(random: Random): unknown {
  return random.pick([
    new Error('failed'),
    new TypeError('failed by type'),
    new GraphQLError('failed in GraphQL', { extensions: { code: 'MOCK' } }),
    new GraphQLError('failed elsewhere', { path: ['else', 'where'] }),
    new AggregateError([new Error('one'), new Error('two')], 'failed twice'),
    Object.assign(new Error('failed with extensions'), { extensions: { code: 'OWN' } }),
    'a text',
    undefined,
    null,
    { message: 'an object' },
  ])
}

/** Makes up the values of one execution. */
class ValueGenerator {
  readonly #schema: GraphQLSchema
  readonly #context: MockContext

  constructor(schema: GraphQLSchema, context: MockContext) {
    this.#schema = schema
    this.#context = context
  }

  /** Returns what a resolver returns: a value, a failure, or a promise or another thenable of either. */
  result(type: GraphQLOutputType, random: Random): unknown {
    const settle = () => {
      if (random.chance(this.#context.oddity)) throw anyFailure(random)
      return this.#value(type, random)
    }
    if (!random.chance(this.#context.asynchrony)) return settle()
    const promise = delayed(random, settle)
    // An error next to it can keep it from being awaited. Only the promises of the executor have to be handled by the executor.
    promise.catch(() => {})
    if (random.chance(0.9)) return promise
    // biome-ignore lint/suspicious/noThenProperty: GraphQL accepts any object with this method
    return { then: (...handlers: Parameters<typeof promise.then>) => promise.then(...handlers) }
  }

  #value(type: GraphQLOutputType, random: Random): unknown {
    const { oddity } = this.#context
    if (random.chance(isNonNullType(type) ? oddity : 0.1)) return random.pick([null, undefined])
    if (isNonNullType(type)) return this.#value(type.ofType, random)
    if (random.chance(oddity / 2)) return new Error('an error as a value')
    if (isListType(type)) return this.#list(type.ofType, random)
    if (isLeafType(type)) return this.#leaf(type.name, isEnumType(type), random)
    const possible = isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [type as GraphQLObjectType]
    return this.#object(random.pick(possible), random)
  }

  #list(itemType: GraphQLOutputType, random: Random): unknown {
    const { oddity } = this.#context
    if (random.chance(oddity / 2)) return random.pick<unknown>(['a text', 5, {}, true, (async function* () {})()])
    const items = Array.from({ length: random.integer(0, 4) }, () => {
      const seed = random.integer(0, 2 ** 31)
      return () => this.result(itemType, createRandom(seed))
    })
    const isFailing = random.chance(oddity / 2)
    function* generate(): Generator<unknown> {
      for (const item of items) yield item()
      if (isFailing) throw new Error('an iterator that failed')
    }
    if (isFailing || random.chance(0.1)) return generate()
    // Items that fail at once fail the whole list here, as they do for a resolver that creates an array.
    const values = items.map((item) => {
      try {
        return item()
      } catch (error) {
        return error
      }
    })
    return random.chance(0.1) ? new Set(values) : values
  }

  #leaf(name: string, isEnum: boolean, random: Random): unknown {
    const isOdd = random.chance(this.#context.oddity)
    if (isOdd) return random.pick<unknown>(['odd', 1.5, {}, [], Number.NaN, 2 ** 40, Symbol.for('odd'), () => 1])
    if (isEnum) return random.pick(['RED', 'GREEN'])
    if (name === 'Int') return random.integer(0, 9)
    if (name === 'Float') return random.integer(0, 9) / 2
    if (name === 'Boolean') return random.chance(0.5)
    if (name === 'Any') return random.pick<unknown>([1, 'text', { nested: [1] }, 'throw', 'null', 'promise', 'fail'])
    return `text ${random.integer(0, 99)}`
  }

  /** Returns an object; its properties are what fields without a resolver read. */
  #object(type: GraphQLObjectType, random: Random): MockObject {
    const object: MockObject = { $type: type.name, $seed: random.integer(0, 2 ** 31) }
    if (random.chance(0.8)) object.__typename = type.name
    for (const field of Object.values(type.getFields())) {
      if (field.resolve) continue
      const isMethod = !isLeafType(isNonNullType(field.type) ? field.type.ofType : field.type) || random.chance(0.3)
      object[field.name] = isMethod ? mockResolver.bind(null, object) : this.#value(field.type, random)
    }
    return object
  }
}

/** Resolves any field: the seed and the path determine the result. */
const mockResolver: GraphQLFieldResolver<unknown, MockContext> = (_source, args, context, info) => {
  const path = responsePathAsArray(info.path).join('.')
  context.calls.push(describeCall(path, args, info))
  return new ValueGenerator(info.schema, context).result(info.returnType, createRandom(hash(path, context.seed)))
}

function describeCall(path: string, args: unknown, info: GraphQLResolveInfo): string {
  const { fieldName, parentType, returnType, fieldNodes, operation, variableValues, fragments, path: at } = info
  return JSON.stringify({
    path,
    args,
    variableValues,
    at: [at.key, at.typename, at.prev?.key, at.prev?.typename],
    field: `${parentType.name}.${fieldName}: ${returnType}`,
    nodes: fieldNodes.map(({ loc }) => loc?.start),
    operation: operation.operation,
    fragments: Object.keys(fragments),
  })
}

/** Names the type of a mocked object, mostly. */
function mockTypeResolver(value: unknown, { oddity }: MockContext, type: GraphQLAbstractType): unknown {
  const { $type, $seed } = Object(value) as Partial<MockObject>
  const random = createRandom(hash(type.name, $seed ?? 0))
  if (random.chance(oddity)) return random.pick<unknown>([null, undefined, 'Nowhere', 'Query', 'Int', 7, [], {}])
  if (random.chance(oddity)) throw new Error('no type')
  if (random.chance(0.2)) return delayed(random, () => $type)
  return $type
}

/** Accepts the objects of a type, mostly. */
function isMockOf(value: unknown, { oddity }: MockContext, type: GraphQLObjectType): boolean | Promise<boolean> {
  const { $type, $seed } = Object(value) as Partial<MockObject>
  const random = createRandom(hash(type.name, $seed ?? 1))
  const check = () => {
    if (random.chance(oddity / 2)) throw new Error('no check')
    return $type === type.name && !random.chance(oddity)
  }
  return random.chance(0.2) ? (delayed(random, check) as Promise<boolean>) : check()
}

/**
 * Gives a schema mocked resolvers. Some fields have none and read properties, some object types get `isTypeOf`, and unions and some
 * interfaces no `resolveType`.
 */
export function addMocks(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue
    if (isAbstractType(type)) {
      const hasResolver = type.name.length % 2 === 0
      type.resolveType = hasResolver ? (value, context) => mockTypeResolver(value, context, type) as string : null
    }
    if (!isObjectType(type)) continue
    if (hash(type.name, 3) % 2 === 0) type.isTypeOf = (value, context) => isMockOf(value, context, type)
    const isRoot = type === schema.getQueryType() || type === schema.getMutationType()
    for (const field of Object.values(type.getFields())) {
      if (isRoot || hash(`${type.name}.${field.name}`, 5) % 3 !== 0) field.resolve = mockResolver
      else delete field.resolve
    }
  }
}
