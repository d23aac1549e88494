import { Kind, type ValueNode, valueFromASTUntyped } from 'graphql'
import { InvalidArgumentError } from '../errors.ts'
import { MAX_DECIMAL_DIGITS, parseDecimal } from '../values/decimal.ts'
import { parseDay, parseInstant } from '../values/instant.ts'
import type { GatewayBuilder } from './builder.ts'

/** Returns the functions of a scalar that is text; `parse` returns null for invalid text. */
function textScalar(expected: string, parse: (text: string) => string | null) {
  const parseValue = (value: unknown): string => {
    const result = typeof value === 'string' ? parse(value) : null
    if (result === null) throw new InvalidArgumentError(`Expected ${expected}.`)
    return result
  }
  return {
    parseValue,
    parseLiteral: (node: ValueNode) => parseValue(node.kind === Kind.STRING ? node.value : null),
    serialize: (value: unknown) => String(value),
  }
}

/** Hides a JSON value from the executor, which treats any object with a member `then` as a promise. */
class OpaqueJson {
  readonly #value: unknown

  constructor(value: unknown) {
    this.#value = value
  }

  toJSON(): unknown {
    return this.#value
  }
}

/** Returns a provider's JSON in the form that resolvers must return: with a key `then`, wrapped so that it is not awaited. */
export function jsonValue(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'then' in value ? new OpaqueJson(value) : value
}

/** Maximum number of characters in a date-time argument; the fraction of a second has no limit of its own. */
const MAX_DATE_TIME = 64

/** Adds the scalars. Values stay text, and JSON stays as the provider sent it, so that no digit is lost. */
export function defineScalars(builder: GatewayBuilder): void {
  builder.scalarType('DateTime', {
    description: 'Instant in UTC as RFC 3339, with the digits that the provider sent.',
    specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
    ...textScalar(
      'an RFC 3339 date-time with an offset, such as "2026-03-01T00:00:00Z", of at most 64 characters',
      (text) => (text.length > MAX_DATE_TIME ? null : (parseInstant(text)?.text ?? null)),
    ),
  })
  builder.scalarType('Date', {
    description: 'Calendar day in UTC, as YYYY-MM-DD.',
    ...textScalar('a calendar day, such as "2026-03-31"', parseDay),
  })
  const decimal = textScalar(
    `an exact decimal number as a string of at most ${MAX_DECIMAL_DIGITS} digits, such as "12.50"`,
    parseDecimal,
  )
  builder.scalarType('Decimal', {
    description:
      'Exact decimal number, serialised as a string; it never passes through binary floating point. Arguments are strings, or numbers that are written in the document itself.',
    ...decimal,
    // A literal in the document still has its digits; a number in the variables has already been a float.
    parseLiteral: (node: ValueNode) =>
      decimal.parseValue(
        node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : null,
      ),
  })
  builder.scalarType('CurrencyCode', {
    description: 'ISO 4217 currency code, e.g. INR or AUD.',
    ...textScalar('a currency code of three capital letters, such as "INR"', (text) =>
      /^[A-Z]{3}$/.test(text) ? text : null,
    ),
  })
  builder.scalarType('JSON', {
    description: 'JSON value exactly as the provider sent it.',
    serialize: jsonValue,
    parseValue: (value: unknown) => value,
    parseLiteral: (node: ValueNode) => valueFromASTUntyped(node),
  })
}
