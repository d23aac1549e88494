import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isNonNullType,
  isObjectType,
  Lexer,
  OperationTypeNode,
  Source,
  TokenKind,
} from 'graphql'
import type { Random } from '../../../src/sandbox/random.ts'
import { anyText, anyValue, literal, type Pool } from './values.ts'

/** An operation as it is sent. */
export interface Operation {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly operationName?: string
}

export interface OperationOptions {
  readonly schema: GraphQLSchema
  readonly pool: Pool
  readonly random: Random
  /** The share of argument values that are odd. */
  readonly oddity: number
  /** The share of argument values that are large; none when it is left out. */
  readonly largeness?: number
}

/** Fields of one document at most, those of fragments once. */
const MAX_FIELDS = 60
const MAX_DEPTH = 8

/**
 * An operation that the schema allows but for odd values: any root fields and what is below them, arguments as literals or
 * variables, aliases, named and inline fragments, directives.
 */
export function anyOperation(
  { schema, pool, random, oddity, largeness }: OperationOptions,
  type: OperationTypeNode = OperationTypeNode.QUERY,
): Operation {
  const definitions: string[] = []
  const variables: Record<string, unknown> = {}
  const fragments: string[] = []
  let left = random.integer(3, MAX_FIELDS)
  let names = 0
  const name = (prefix: string) => `${prefix}${++names}`

  function variable(type: string, value: unknown, fallback = ''): string {
    const given = name('v')
    definitions.push(`$${given}: ${type}${fallback}`)
    if (value !== undefined) variables[given] = value
    return `$${given}`
  }

  function args(field: GraphQLField<unknown, unknown>): string {
    const given = field.args.flatMap((arg) => {
      const isNeeded = isNonNullType(arg.type) && arg.defaultValue === undefined
      if (!isNeeded && !random.chance(0.4)) return []
      const value = anyValue(arg.type, arg.name, { random, pool, oddity, largeness })
      const text = random.chance(largeness === undefined ? 0.4 : 0.8)
        ? variable(String(arg.type), value)
        : literal(value, arg.type)
      return [`${arg.name}: ${text}`]
    })
    return given.length === 0 ? '' : `(${given.join(', ')})`
  }

  function directive(): string {
    if (!random.chance(0.08)) return ''
    const which = random.pick(['skip', 'include'])
    // Fields that are mostly left out would make answers small.
    const value = random.chance(0.8) === (which === 'include')
    return ` @${which}(if: ${random.chance(0.5) ? variable('Boolean!', value) : value})`
  }

  function field(
    type: GraphQLNamedType,
    one: GraphQLField<unknown, unknown>,
    depth: number,
    directives = directive(),
  ): string {
    left--
    const inner = getNamedType(one.type)
    const below = isLeafType(inner) ? '' : ` ${selection(inner, depth - 1)}`
    // Fields of one name may differ between the members of an interface, and by their arguments.
    const given = args(one)
    const isPlain = given === '' && below === '' && isInterfaceType(type)
    return `${isPlain ? '' : `${name('f')}: `}${one.name}${given}${directives}${below}`
  }

  function selection(type: GraphQLNamedType, depth: number): string {
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []
    const leaves = fields.filter((one) => isLeafType(getNamedType(one.type)))
    const parts: string[] = []
    const wanted = random.integer(1, 5)
    while (parts.length < wanted && left > 0) {
      const members = isAbstractType(type) ? schema.getPossibleTypes(type) : []
      const usable = depth > 0 ? fields : leaves
      if (members.length > 0 && random.chance(0.4)) parts.push(fragment(random.pick(members), depth))
      else if (usable.length === 0) break
      else if (random.chance(0.1)) parts.push(fragment(type, depth))
      else parts.push(field(type, random.pick(usable), depth))
    }
    if (parts.length === 0 || random.chance(0.1)) parts.push('__typename')
    return `{ ${parts.join(' ')} }`
  }

  function fragment(type: GraphQLNamedType, depth: number): string {
    if (random.chance(0.5)) return `... on ${type.name}${directive()} ${selection(type, depth)}`
    const given = name('F')
    fragments.push(`fragment ${given} on ${type.name} ${selection(type, depth)}`)
    return `...${given}${directive()}${random.chance(0.2) ? ` ...${given}` : ''}`
  }

  const depth = random.integer(1, MAX_DEPTH)
  const root = schema.getRootType(type)!
  // A subscription has one root field, whatever directives say.
  const [one] = Object.values(root.getFields())
  const body = type === 'query' ? selection(root, depth) : `{ ${field(root, one!, depth, '')} }`
  const head = definitions.length === 0 ? '' : `(${definitions.join(', ')})`
  const operationName = random.chance(0.3) ? name('Op') : undefined
  const isNamed = operationName || head || type !== 'query' || random.chance(0.5)
  const keyword = isNamed ? `${type}${operationName ? ` ${operationName}` : ''}` : ''
  return {
    query: [`${keyword}${head} ${body}`, ...fragments].join('\n').trim(),
    variables,
    ...(operationName && { operationName }),
  }
}

function tokensOf(text: string): string[] {
  const lexer = new Lexer(new Source(text))
  const tokens: string[] = []
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    tokens.push(text.slice(token.start, token.end))
  }
  return tokens
}

/** The names of a schema, to be used in wrong places. */
const namesOf = (schema: GraphQLSchema) => Object.keys(schema.getTypeMap())

/** An operation in which a thing or two went wrong: tokens that are gone, doubled, exchanged, in the wrong place or odd. */
export function brokenOperation(options: OperationOptions): Operation {
  const { random, schema } = options
  const operation = anyOperation(options)
  let tokens: string[]
  try {
    tokens = tokensOf(operation.query)
  } catch {
    // A text that is not valid in a document.
    return operation
  }
  for (let rounds = random.integer(1, 3); rounds > 0; rounds--) {
    const at = random.integer(0, tokens.length - 1)
    const other = random.integer(0, tokens.length - 1)
    const odd = () => {
      const kind = random.integer(0, 4)
      if (kind === 0) return random.pick(['{', '}', '(', ')', '[', ']', ':', '!', '$', '@', '...', '|', '&', '='])
      if (kind === 1) return random.pick(namesOf(schema))
      if (kind === 2)
        return random.pick(['query', 'mutation', 'subscription', 'fragment', 'on', 'type', 'extend', 'null'])
      if (kind === 3) return JSON.stringify(anyText(random))
      return random.pick(['0', '1.5', '-', '01', '1e', '"', '"""', '\u0000', '\u{1f600}', '#', '\ufeff'])
    }
    switch (random.integer(0, 5)) {
      case 0:
        tokens.splice(at, 1)
        break
      case 1:
        tokens.splice(at, 0, tokens[at]!)
        break
      case 2:
        ;[tokens[at], tokens[other]] = [tokens[other]!, tokens[at]!]
        break
      case 3:
        tokens[at] = odd()
        break
      case 4:
        tokens.splice(at, 0, odd())
        break
      default:
        tokens.splice(at, random.integer(1, tokens.length))
    }
    if (tokens.length === 0) tokens.push(odd())
  }
  const variables = random.chance(0.3) ? brokenVariables(operation.variables, random) : operation.variables
  return {
    query: tokens.join(' '),
    variables,
    ...(random.chance(0.1)
      ? { operationName: anyText(random) }
      : operation.operationName && { operationName: operation.operationName }),
  }
}

function brokenVariables(variables: Readonly<Record<string, unknown>>, random: Random): Record<string, unknown> {
  const broken: Record<string, unknown> = { ...variables }
  for (const name of Object.keys(variables)) {
    const change = random.integer(0, 3)
    if (change === 0) delete broken[name]
    if (change === 1) broken[name] = random.pick([null, {}, [], '', 0, true, [[]], { a: { b: [] } }])
  }
  if (random.chance(0.3)) broken[random.pick(['__proto__', 'v99', '', 'x-y'])] = 1
  return broken
}
