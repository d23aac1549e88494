import type { MergedMetrics } from '../metrics/merged-metrics.ts'
import type { MetricsSnapshot } from '../metrics/registry.ts'

/** Time in which workers must send their metrics; of a slower one the page shows the previous values. */
const TIMEOUT_MS = 2_000

export interface MetricsCollectorOptions {
  /** Returns the numbers of the workers that can be asked. */
  readonly workers: () => Iterable<number>
  /** Asks a worker for its metrics. It answers by {@link MetricsCollector.receive}. */
  readonly ask: (worker: number) => void
  readonly timeoutMs?: number
}

/** Collects the metrics of all workers in the primary process, when one of them is scraped. */
export class MetricsCollector {
  readonly #options: MetricsCollectorOptions
  #merged: MergedMetrics | null = null
  #rendering: Promise<string> | null = null
  /** The workers that have not answered yet. */
  readonly #missing = new Set<number>()
  #onComplete: () => void = () => {}

  constructor(options: MetricsCollectorOptions) {
    this.#options = options
  }

  /** Asks all workers, and returns the page of all of them. Scrapes at the same time share one answer. */
  render(): Promise<string> {
    this.#rendering ??= this.#render().finally(() => {
      this.#rendering = null
    })
    return this.#rendering
  }

  /** Takes the metrics of a worker. Those of one that was not asked, or whose end is recorded, do not count. */
  receive(worker: number, snapshot: MetricsSnapshot): void {
    if (!this.#missing.has(worker)) return
    this.#merged?.update(worker, snapshot)
    this.#settle(worker)
  }

  /** Records the end of a worker; what it has counted stays. */
  end(worker: number): void {
    this.#merged?.end(worker)
    this.#settle(worker)
  }

  #settle(worker: number): void {
    if (this.#missing.delete(worker) && this.#missing.size === 0) this.#onComplete()
  }

  async #render(): Promise<string> {
    // Loaded with the first scrape, as in the workers.
    const { MergedMetrics } = await import('../metrics/merged-metrics.ts')
    this.#merged ??= new MergedMetrics()
    await this.#collect()
    return this.#merged.render()
  }

  #collect(): Promise<void> {
    const { workers, ask, timeoutMs = TIMEOUT_MS } = this.#options
    const { promise, resolve } = Promise.withResolvers<void>()
    const asked = [...workers()]
    this.#missing.clear()
    for (const worker of asked) this.#missing.add(worker)
    const timer = setTimeout(resolve, timeoutMs)
    this.#onComplete = resolve
    for (const worker of asked) ask(worker)
    if (asked.length === 0) resolve()
    return promise.finally(() => clearTimeout(timer))
  }
}
