import { wholeNumber } from './formats.ts'

/** The variables of the start and the end of a process. */
export const lifeCycleVariables = {
  READY_TIMEOUT_S: wholeNumber(0, 3_600, 30).describe(
    'Longest time after the start for which `/ready` answers 503 because a configured provider was not reached yet, in seconds. 0 waits for no provider.',
  ),
}
