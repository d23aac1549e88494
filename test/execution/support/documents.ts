import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  OperationTypeNode,
} from 'graphql'
import type { Random } from '../../../src/sandbox/random.ts'

/** A document, with values for its variables that have their types. */
export interface AnyDocument {
  readonly text: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** Few response keys, so that fields are often merged; some of them have a meaning for JavaScript. */
const KEYS = ['a', 'b', 'c', 'then', 'constructor', '__proto__', 'toString', 'hasOwnProperty']

const MAX_DEPTH = 5
const MAX_FIELDS = 40

/**
 * Makes up documents over a schema. They need not be valid: response keys collide, arguments are left out or null, and fragments
 * may not apply, because execution must not depend on validation.
 */
class DocumentGenerator {
  readonly #schema: GraphQLSchema
  readonly #random: Random
  readonly #definitions: string[] = []
  readonly #variables: Record<string, unknown> = {}
  readonly #fragments: string[] = []
  /** The names of the complete fragments by the type of their condition. */
  readonly #known = new Map<string, string[]>()
  #left: number

  constructor(schema: GraphQLSchema, random: Random) {
    this.#schema = schema
    this.#random = random
    this.#left = random.integer(2, MAX_FIELDS)
  }

  document(): AnyDocument {
    const random = this.#random
    const type = random.pick(
      [OperationTypeNode.QUERY, OperationTypeNode.QUERY, OperationTypeNode.MUTATION].filter((kind) =>
        this.#schema.getRootType(kind),
      ),
    )
    const body = this.#selection(this.#schema.getRootType(type)!, random.integer(1, MAX_DEPTH))
    const head = this.#definitions.length === 0 ? '' : `(${this.#definitions.join(', ')})`
    return { text: [`${type}${head} ${body}`, ...this.#fragments].join('\n'), variables: this.#variables }
  }

  #selection(type: GraphQLNamedType, depth: number): string {
    const random = this.#random
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []
    const usable = depth > 1 ? fields : fields.filter((field) => isLeafType(getNamedType(field.type)))
    const parts: string[] = []
    for (let wanted = random.integer(1, 6); wanted > 0 && this.#left > 0; wanted--) {
      if (random.chance(0.25)) parts.push(this.#fragment(this.#conditionFor(type), depth))
      else if (usable.length > 0) parts.push(this.#field(random.pick(usable), depth))
    }
    if (parts.length === 0 || random.chance(0.1)) parts.push(`${random.pick(['', 'a: ', 't: '])}__typename`)
    return `{ ${parts.join(' ')} }`
  }

  /** Returns a type for a fragment: mostly the same one, a member of it or an interface of it. */
  #conditionFor(type: GraphQLNamedType): GraphQLNamedType {
    const random = this.#random
    if (isAbstractType(type) && random.chance(0.7)) return random.pick(this.#schema.getPossibleTypes(type))
    if (isObjectType(type) && type.getInterfaces().length > 0 && random.chance(0.5))
      return random.pick(type.getInterfaces())
    return type
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    this.#left--
    const random = this.#random
    const alias = random.chance(0.4) ? `${random.pick(KEYS)}: ` : ''
    const inner = getNamedType(field.type)
    const below = isLeafType(inner) ? '' : ` ${this.#selection(inner, depth - 1)}`
    return `${alias}${field.name}${this.#args(field)}${this.#directives()}${below}`
  }

  #args(field: GraphQLField<unknown, unknown>): string {
    const given = field.args.flatMap(({ name, type, defaultValue }) => {
      const isNeeded = isNonNullType(type) && defaultValue === undefined
      return this.#random.chance(isNeeded ? 0.95 : 0.5) ? [`${name}: ${this.#value(type)}`] : []
    })
    return given.length === 0 ? '' : `(${given.join(', ')})`
  }

  #variable(type: string, value: unknown, fallback = ''): string {
    const name = `v${this.#definitions.length}`
    this.#definitions.push(`$${name}: ${type}${fallback}`)
    if (value !== undefined) this.#variables[name] = value
    return `$${name}`
  }

  /** Returns a literal or a variable, rarely one that does not have the type. */
  #value(type: GraphQLInputType): string {
    const random = this.#random
    if (random.chance(0.3)) {
      // A nullable variable is allowed for a non-null argument with a default, and may then be null.
      const variableType = random.chance(0.2) ? getNullableType(type) : type
      const isLeftOut = !isNonNullType(variableType) && random.chance(0.3)
      return this.#variable(String(variableType), isLeftOut ? undefined : this.#json(variableType))
    }
    if (random.chance(0.04)) return random.pick(['null', '"odd"', '7', '[null]', '{}', '$missing', 'NO_SUCH'])
    const nullable = getNullableType(type)
    if (!isNonNullType(type) && random.chance(0.1)) return 'null'
    if (isListType(nullable)) {
      if (random.chance(0.2)) return this.#value(nullable.ofType)
      return `[${Array.from({ length: random.integer(0, 3) }, () => this.#value(nullable.ofType)).join(', ')}]`
    }
    if (isInputObjectType(nullable)) {
      const fields = Object.values(nullable.getFields()).filter(
        (field) => (isNonNullType(field.type) && field.defaultValue === undefined) || random.chance(0.3),
      )
      return `{ ${fields.map((field) => `${field.name}: ${this.#value(field.type)}`).join(', ')} }`
    }
    if (isEnumType(nullable)) return random.pick(nullable.getValues()).name
    return JSON.stringify(this.#json(nullable))
  }

  /** Returns a value as JSON variables have it. */
  #json(type: GraphQLInputType): unknown {
    const random = this.#random
    if (!isNonNullType(type) && random.chance(0.15)) return null
    const nullable = getNullableType(type)
    if (isListType(nullable)) return Array.from({ length: random.integer(0, 3) }, () => this.#json(nullable.ofType))
    if (isInputObjectType(nullable)) {
      const fields = Object.values(nullable.getFields()).filter(
        (field) => (isNonNullType(field.type) && field.defaultValue === undefined) || random.chance(0.3),
      )
      return Object.fromEntries(fields.map((field) => [field.name, this.#json(field.type)]))
    }
    if (isEnumType(nullable)) return random.pick(nullable.getValues()).name
    if (nullable.name === 'Int') return random.integer(-5, 100)
    if (nullable.name === 'Float') return random.integer(0, 100) / 4
    if (nullable.name === 'Boolean') return random.chance(0.5)
    return `text ${random.integer(0, 9)}`
  }

  #directives(): string {
    const random = this.#random
    if (random.chance(0.85)) return ''
    const directive = () => {
      // A nullable variable with a default is allowed here, and may then be null.
      const [type, fallback] = random.pick([
        ['Boolean!', ''],
        ['Boolean', ' = true'],
        ['Boolean', ' = false'],
      ] as const)
      const value = random.chance(0.1) && type === 'Boolean' ? random.pick([null, undefined]) : random.chance(0.6)
      const condition = random.chance(0.6) ? this.#variable(type, value, fallback) : random.chance(0.6)
      return ` @${random.pick(['skip', 'include'])}(if: ${condition})`
    }
    return random.chance(0.2) ? directive() + directive() : directive()
  }

  #fragment(type: GraphQLNamedType, depth: number): string {
    const random = this.#random
    const known = this.#known.get(type.name)
    if (known && random.chance(0.4)) return `...${random.pick(known)}${this.#directives()}`
    if (random.chance(0.4)) return `...${this.#directives()} ${this.#selection(type, depth)}`
    if (random.chance(0.4)) return `... on ${type.name}${this.#directives()} ${this.#selection(type, depth)}`
    const body = this.#selection(type, depth)
    const name = `F${this.#fragments.length}`
    this.#fragments.push(`fragment ${name} on ${type.name} ${body}`)
    this.#known.set(type.name, [...(known ?? []), name])
    return `...${name}${this.#directives()}`
  }
}

/** Makes up a document over a schema. */
export const anyDocument = (schema: GraphQLSchema, random: Random): AnyDocument =>
  new DocumentGenerator(schema, random).document()
