import { networkCodeOf } from '../upstream/cause.ts'

/** A command that Redis did not answer in time. */
export class CommandTimeoutError extends Error {
  readonly code = 'TIMEOUT'

  constructor() {
    super('Redis did not answer in time.')
    this.name = 'CommandTimeoutError'
  }
}

/** The first word of an error that Redis answers, such as `WRONGPASS` or `OOM`. The words after it may repeat a command. */
const REPLY_CODE = /^([A-Z]{2,20})\b/

/** Returns the code of a failure for the log. It contains no address, credential or value. */
export function failureCode(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN'
  return networkCodeOf(error) ?? REPLY_CODE.exec(error.message)?.[1] ?? 'CONNECTION_LOST'
}

/** Returns true for an error that Redis itself has answered, such as a wrong password. */
export function isReply(error: unknown): boolean {
  return error instanceof Error && !('code' in error) && REPLY_CODE.test(error.message)
}
