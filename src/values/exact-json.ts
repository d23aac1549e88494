/** A number literal that `JSON.stringify` writes digit by digit as it was read. Made by `JSON.rawJSON`. */
export interface RawNumber {
  readonly rawJSON: string
}

/** What Node 24's JSON can do beyond TypeScript's description of it. */
interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(literal: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
}

const exactJson = JSON as unknown as ExactJson

// Sixteen digits and more, or a long exponent. Nothing below needs more digits, which bounds what the engine has to try.
const LONG = /-?[\d.]{16}|-?[\d.]{1,15}[eE][+-]?\d{5}/
// A negative zero, an exponent, six leading zeros or a trailing zero in the fraction.
const SHORT = /-0|-?[\d.]{1,15}[eE][+-]?\d{1,4}|-?0\.0{6}\d{0,8}|-?\d{1,15}\.\d{0,15}0/

/**
 * Finds every number literal that a double might not give back as it was written; a decimal of up to fifteen significant
 * digits survives the way through a double. It also fires for some that do survive, and for the like inside strings,
 * which costs time and nothing else. What follows a short one tells it from the beginning of a time or an identifier.
 */
const SUSPECT = new RegExp(`(?:^|[:[,])\\s*(?:${LONG.source}|(?:${SHORT.source})\\s*(?:[,\\]}]|$))`)

const exact = (_key: string, value: unknown, { source }: { source?: string }) =>
  typeof value === 'number' && source !== undefined && String(value) !== source ? exactJson.rawJSON(source) : value

/**
 * Parses JSON without losing a digit. A number whose literal a double gives back unchanged is a plain number; every
 * other one (`9007199254740993`, `1.10`, `1e-7`, `-0`) is a raw literal, so that `JSON.stringify` writes the very digits
 * that came.
 * @throws {SyntaxError} when the text is not JSON
 */
export function parseJson(text: string): unknown {
  return SUSPECT.test(text) ? exactJson.parse(text, exact) : JSON.parse(text)
}

/** The literal of a number that `parseJson` returned; null for everything that is no number. */
export function numberText(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null
  return exactJson.isRawJSON(value) ? value.rawJSON : null
}

/** True for objects with keys: neither null, nor an array, nor a number in its literal form. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !exactJson.isRawJSON(value)
}

/** Whether arrays and objects stand in each other more than `levels` deep. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || exactJson.isRawJSON(value)) return false
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(levels - 1, member))
}

/** JSON text that does not depend on the order of keys; numbers keep their literals. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value) ?? 'null'
  const members = Object.keys(value).sort()
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`).join(',')}}`
}
