import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql'
import type { Random } from '../../../src/sandbox/random.ts'
import { largeValue } from './large-values.ts'

/** Texts that have broken something somewhere. */
const ODD_TEXTS = [
  '',
  ' ',
  '\u0000',
  '\n\r\t',
  'x\r\nx-injected: 1',
  '"',
  '\\',
  '"""',
  '#',
  '$a',
  'null',
  'undefined',
  'true',
  'NaN',
  '-0',
  '+5',
  '0x10',
  '1_000',
  '1e1000',
  '1e-1000',
  '1e1001',
  '١٢',
  '9'.repeat(400),
  `0.${'0'.repeat(400)}1`,
  '__proto__',
  'constructor',
  'toString',
  '..',
  '../../..',
  '..%2f..%2f',
  '%',
  '%00',
  '/',
  '?page=1&page=2',
  '#fragment',
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  '{{7*7}}',
  '\u{1f600}',
  'e\u0301',
  'İßﬁ',
  '\u202e\u200d\ufeff',
  '\ud800',
  '\udfff\ud800',
  '\uffff',
  'x'.repeat(5000),
  '\u{1f600}'.repeat(300),
  '0000-01-01',
  '9999-12-31',
  '2026-02-29',
  '2024-02-29',
  '2026-13-01',
  '9999-12-31T23:59:59.999999999Z',
  '0000-01-01T00:00:00+23:59',
  '2024-02-29T23:59:60Z',
  '2026-01-01T00:00:00.000000000000000000001-00:00',
] as const

/** Numbers at which something begins or ends. */
export const ODD_NUMBERS = [
  0, -0, 1, -1, 2, 20, 99, 100, 101, 0.5, 1e-7, 255, 256, 65_536, 2_147_483_647, 2_147_483_648, -2_147_483_648,
  -2_147_483_649, 9_007_199_254_740_991, 1e21, -1e300, 1.7976931348623157e308,
] as const

const ALPHABET = 'abcXYZ012 -_.:/%äß\u{4e2d}"\\\u0007'

/** A text of any kind. */
export function anyText(random: Random): string {
  return random.chance(0.7) ? random.pick(ODD_TEXTS) : random.text(ALPHABET, random.integer(0, 30))
}

/** A JSON value of any kind, not deep. */
export function anyJson(random: Random, depth = 2): unknown {
  const kind = random.integer(0, depth > 0 ? 7 : 4)
  if (kind === 0) return null
  if (kind === 1) return random.chance(0.5)
  if (kind <= 3) return random.pick(ODD_NUMBERS)
  if (kind <= 5) return anyText(random)
  const length = random.integer(0, 4)
  if (kind === 6) return Array.from({ length }, () => anyJson(random, depth - 1))
  return Object.fromEntries(
    Array.from({ length }, () => [random.chance(0.5) ? anyText(random) : 'id', anyJson(random, depth - 1)]),
  )
}

/** Real values by the name of the argument or field that takes them. */
export type Pool = ReadonlyMap<string, readonly string[]>

export interface ValueOptions {
  readonly random: Random
  readonly pool: Pool
  /** The share of values that are odd, and may not be of their type. */
  readonly oddity: number
  /** The share of values that are large, and may not be of their type; none when it is left out. */
  readonly largeness?: number | undefined
}

const DAYS = ['2025-11-01', '2026-01-01', '2026-01-02', '2026-01-31', '2026-02-28', '2026-03-01', '2026-12-31']
const SIZES = [0, 1, 1, 2, 3, 5, 10, 20, 99, 100]

/** A text that the scalar of an argument takes. */
function plainScalar(type: string, name: string, { random, pool }: ValueOptions): unknown {
  const known = pool.get(name)
  switch (type) {
    case 'Int':
      return random.pick(SIZES)
    case 'Boolean':
      return random.chance(0.5)
    case 'Date':
      return random.pick(DAYS)
    case 'DateTime':
      return `${random.pick(DAYS)}T${random.pick(['00:00:00Z', '12:30:00.123456789+05:30', '23:59:59.999Z'])}`
    case 'Decimal':
      return random.pick(['0', '1', '0.45', '12.50', '1e2', '-1', '1000000000000000000000.000001'])
    case 'CurrencyCode':
      return random.pick(['INR', 'AUD', 'XXX'])
    case '_Any':
      return representation({ random, pool, oddity: 0 })
    default:
      return known && random.chance(0.9) ? random.pick(known) : random.pick(['cdr', 'a', 'ptc:', 'nobody'])
  }
}

/** Returns a representation as a router might send it. */
function representation({ random, pool, oddity }: ValueOptions): unknown {
  if (random.chance(oddity)) return anyJson(random)
  const [typename, field] = random.pick(pool.get('_Any')!).split('.')
  return { __typename: typename, [field!]: random.pick(pool.get(field!) ?? ['x']) }
}

/** The type of a value, or of what lists of such values hold. */
const innermost = (type: GraphQLInputType): GraphQLInputType => {
  const nullable = getNullableType(type)
  return isListType(nullable) ? innermost(nullable.ofType) : nullable
}

/** A value for an input type, as variables hold it; undefined for none. */
export function anyValue(type: GraphQLInputType, name: string, options: ValueOptions): unknown {
  const { random, oddity, largeness } = options
  if (largeness !== undefined && random.chance(largeness)) {
    const usual = { ...options, largeness: undefined }
    return largeValue(random, () => anyPresent(innermost(type), name, usual))
  }
  if (random.chance(oddity)) return random.chance(0.5) ? anyText(random) : anyJson(random)
  return !isNonNullType(type) && random.chance(0.05) ? null : anyPresent(getNullableType(type), name, options)
}

/** A value for an input type that is not null. */
function anyPresent(type: GraphQLInputType, name: string, options: ValueOptions): unknown {
  const { random } = options
  if (isListType(type)) {
    const length = random.chance(0.03) ? 120 : random.integer(0, 4)
    return Array.from({ length }, () => anyValue(type.ofType, name, options))
  }
  if (isEnumType(type)) return random.pick(type.getValues()).name
  if (isInputObjectType(type)) return anyObject(type, options)
  return plainScalar(type.name, name, options)
}

function anyObject(type: GraphQLInputObjectType, options: ValueOptions): Record<string, unknown> {
  const fields = Object.values(type.getFields()).filter(
    (field) => isNonNullType(field.type) || options.random.chance(0.25),
  )
  return Object.fromEntries(fields.map((field) => [field.name, anyValue(field.type, field.name, options)]))
}

/** A value as a literal of a document. Where it does not fit its type, the literal does not either. */
export function literal(value: unknown, type: GraphQLInputType | null): string {
  const inner = type && isNonNullType(type) ? type.ofType : type
  if (value === undefined || value === null) return 'null'
  if (Array.isArray(value)) {
    const items = isListType(inner) ? inner.ofType : null
    return `[${value.map((item) => literal(item, items)).join(' ')}]`
  }
  if (typeof value === 'object') {
    const fields = isInputObjectType(inner) ? inner.getFields() : {}
    const members = Object.entries(value).filter(([name]) => /^[_a-z]\w*$/i.test(name))
    return `{${members.map(([name, member]) => `${name}: ${literal(member, fields[name]?.type ?? null)}`).join(' ')}}`
  }
  if (typeof value === 'string') return isEnumType(inner) && /^[A-Z_]+$/.test(value) ? value : JSON.stringify(value)
  return String(value)
}
