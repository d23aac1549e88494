import { wholeNumber } from './formats.ts'

/** The most worker processes. */
const MAX_WORKERS = 64

/** The variables of the start and the end of a process. */
export const lifeCycleVariables = {
  WORKERS: wholeNumber(1, MAX_WORKERS, 1).describe(
    'Processes that serve the port, to use several cores. Limits of callers and `MAX_CONNECTIONS` count in each of them.',
  ),
  READY_TIMEOUT_S: wholeNumber(0, 3_600, 30).describe(
    'Longest time after the start for which `/ready` answers 503 because a configured provider was not reached yet, in seconds. 0 waits for no provider.',
  ),
  SHUTDOWN_DELAY_S: wholeNumber(0, 600, 0).describe(
    'Time between the signal that ends the process and the closing of its port, in seconds. Meanwhile `/ready` answers 503 and requests are answered, for load balancers that need time to notice.',
  ),
  SHUTDOWN_TIMEOUT_S: wholeNumber(1, 3_600, 8).describe(
    'Time in which running requests may end after the port was closed, in seconds. One second before its end they are cut with `SHUTTING_DOWN`. The default is below the 10 seconds after which container engines kill a process.',
  ),
}
