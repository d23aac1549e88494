const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** A signal that follows another one as soon is the same one: Ctrl+C reaches the process from the terminal and again from npm. */
const DUPLICATE_MS = 1_000

/**
 * Ends the process with the status that `stop` returns, at the first SIGTERM or SIGINT; at a second one, at once with status 1.
 *
 * @param stop receives the signal
 */
export function stopOnSignal(stop: (signal: string) => Promise<number>): void {
  let stoppingSince: number | null = null
  const onSignal = (signal: string) => {
    if (stoppingSince !== null) {
      if (performance.now() - stoppingSince >= DUPLICATE_MS) process.exit(1)
      return
    }
    stoppingSince = performance.now()
    void stop(signal).then(
      (status) => process.exit(status),
      () => process.exit(1),
    )
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
}
