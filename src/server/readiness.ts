/** Whether the process can take traffic, for load balancers. A new one can. */
export class Readiness {
  readonly #unreached = new Set<string>()
  #isDraining = false

  isReady(): boolean {
    return !this.#isDraining && this.#unreached.size === 0
  }

  /** True once the process is about to end. */
  get isDraining(): boolean {
    return this.#isDraining
  }

  /** The providers that were not reached yet and are waited for. */
  get unreached(): readonly string[] {
    return [...this.#unreached]
  }

  /** Waits for a provider, given its enum value. */
  awaitProvider(provider: string): void {
    this.#unreached.add(provider)
  }

  /** Records that a provider was reached. */
  recordReached(provider: string): void {
    this.#unreached.delete(provider)
  }

  /** Waits for no provider any more. */
  stopWaiting(): void {
    this.#unreached.clear()
  }

  /** Records that the process is about to end. */
  startDraining(): void {
    this.#isDraining = true
  }
}
