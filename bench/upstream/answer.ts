/** The part of a request that an answer depends on. */
export interface UpstreamRequest {
  readonly method: string
  /** Path below the base URL of the provider. */
  readonly path: string
  readonly query: URLSearchParams
}

/** An answer, serialised once and sent many times. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Rows in the body. */
  readonly rows: number
}

export function jsonAnswer(value: unknown, rows: number, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = Buffer.from(JSON.stringify(value))
  const standard = { 'content-type': 'application/json', 'content-length': String(body.length) }
  return { status: 200, headers: { ...standard, ...headers }, body, rows }
}

export function errorAnswer(status: number, message: string): Answer {
  return { ...jsonAnswer({ error: message }, 0), status }
}

/** A request that the API does not document. */
export class InvalidRequestError extends Error {}

/**
 * Returns the parameters of a request by name.
 * @throws {InvalidRequestError} for a name that is not allowed, or that is repeated
 */
export function readParameters(query: URLSearchParams, allowed: readonly string[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const [name, value] of query) {
    if (!allowed.includes(name) || parameters.has(name)) throw new InvalidRequestError(`${name} is not allowed here`)
    parameters.set(name, value)
  }
  return parameters
}

/**
 * Returns a whole number.
 * @throws {InvalidRequestError} for a value outside of the range
 */
export function readInteger(text: string | undefined, fallback: number, min: number, max: number): number {
  if (text === undefined) return fallback
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= min && value <= max)) throw new InvalidRequestError(`expected a number from ${min} to ${max}`)
  return value
}
