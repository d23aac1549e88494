/** Base class of all errors that callers may see. `name` is the name of the class. */
export abstract class GatewayError extends Error {
  abstract readonly code: string

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }

  /** Returns the members of `extensions` that callers see beside the code. */
  details(): Record<string, unknown> {
    return {}
  }
}
