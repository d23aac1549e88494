const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/**
 * Ends the process with the status that `stop` returns, at the first SIGTERM or SIGINT; at a second one, at once with status 1.
 *
 * @param stop receives the signal
 */
export function stopOnSignal(stop: (signal: string) => Promise<number>): void {
  let isStopping = false
  const onSignal = (signal: string) => {
    if (isStopping) process.exit(1)
    isStopping = true
    void stop(signal).then(
      (status) => process.exit(status),
      () => process.exit(1),
    )
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
}
