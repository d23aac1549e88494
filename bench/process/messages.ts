/** A call from the benchmark to one of its processes. */
export interface Call {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

/** The reply to a call: its result, or why it failed. */
export interface Reply {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

/** Sent once by a process that listens on a port of its own. */
export interface Listening {
  readonly port: number
}
