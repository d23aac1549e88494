import { Kind, type ValueNode, valueFromASTUntyped } from 'graphql'
import { InvalidArgumentError } from '../errors.ts'
import { MAX_DECIMAL_DIGITS, parseDecimal } from '../values/decimal.ts'
import { parseDay, parseInstant } from '../values/instant.ts'
import type { GatewayBuilder } from './builder.ts'

/** Text that `parse` understands, as what it makes of it. */
function parsed(expected: string, parse: (text: string) => string | null) {
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

/** A JSON value on its way through the executor, which takes whatever has a member `then` for a promise. */
class OpaqueJson {
  readonly #value: unknown

  constructor(value: unknown) {
    this.#value = value
  }

  toJSON(): unknown {
    return this.#value
  }
}

/**
 * A provider's JSON as a resolver has to return it: the value itself, or, where it has a key `then`, an object that
 * `JSON.stringify` writes as the value.
 */
export function jsonValue(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'then' in value ? new OpaqueJson(value) : value
}

/** The most characters of an argument that is a date-time; a fraction of a second could go on for as long as the body. */
const MAX_DATE_TIME = 64

/** Adds the scalars. Values go through as texts, and JSON as it came, so that no digit is lost on the way. */
export function defineScalars(builder: GatewayBuilder): void {
  builder.scalarType('DateTime', {
    description: 'An instant in RFC 3339, in UTC, with the digits that the provider sent.',
    specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
    ...parsed(
      'an RFC 3339 date-time with an offset, such as "2026-03-01T00:00:00Z", of at most 64 characters',
      (text) => (text.length > MAX_DATE_TIME ? null : (parseInstant(text)?.text ?? null)),
    ),
  })
  builder.scalarType('Date', {
    description: 'A calendar day in UTC, YYYY-MM-DD.',
    ...parsed('a calendar day, such as "2026-03-31"', parseDay),
  })
  const decimal = parsed(
    `an exact decimal number as a string of at most ${MAX_DECIMAL_DIGITS} digits, such as "12.50"`,
    parseDecimal,
  )
  builder.scalarType('Decimal', {
    description:
      'An exact decimal number, serialised as a string; never passes through binary floating point. As an argument it is a string, or a number written in the document itself.',
    ...decimal,
    // A literal in the document still has its digits; a number in the variables has been through a float already.
    parseLiteral: (node: ValueNode) =>
      decimal.parseValue(
        node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : null,
      ),
  })
  builder.scalarType('CurrencyCode', {
    description: 'An ISO 4217 code, e.g. INR, AUD.',
    ...parsed('a currency code of three capital letters, such as "INR"', (text) =>
      /^[A-Z]{3}$/.test(text) ? text : null,
    ),
  })
  builder.scalarType('JSON', {
    description: 'Any JSON value, as the provider sent it.',
    serialize: jsonValue,
    parseValue: (value: unknown) => value,
    parseLiteral: (node: ValueNode) => valueFromASTUntyped(node),
  })
}
