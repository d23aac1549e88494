/** Pause before the first restart. It doubles with each further one. */
const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 30_000
/** A worker that has lived as long counts as healthy: after it the pauses begin again. */
const HEALTHY_MS = 60_000

/** The pauses between the restarts of one worker (exponential backoff). */
export class RestartBackoff {
  #failures = 0

  /**
   * Returns the pause before the next restart, in milliseconds.
   * @param livedMs the time that the worker has lived
   */
  nextPauseMs(livedMs: number): number {
    if (livedMs >= HEALTHY_MS) this.#failures = 0
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, MAX_PAUSE_MS)
    this.#failures += 1
    return pauseMs
  }
}
