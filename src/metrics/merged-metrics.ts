import { type MetricsSnapshot, mergeSnapshots } from './registry.ts'

/** The kinds of metrics that only grow. */
const GROWING = new Set(['counter', 'histogram'])

/**
 * The metrics of several processes as one page. What ended processes have counted stays in it, up to their last snapshot, so that
 * no count decreases: Prometheus would take that for a restart of everything.
 */
export class MergedMetrics {
  readonly #latest = new Map<number, MetricsSnapshot>()
  /** The counts of all processes that have ended. */
  #ended: Promise<MetricsSnapshot> = Promise.resolve([])

  /** Replaces the snapshot of a process. */
  update(id: number, snapshot: MetricsSnapshot): void {
    this.#latest.set(id, snapshot)
  }

  /** Keeps the counts of a process that has ended, and drops its state. */
  end(id: number): void {
    const snapshot = this.#latest.get(id)
    if (snapshot === undefined) return
    this.#latest.delete(id)
    const counts = snapshot.filter(({ type }) => GROWING.has(String(type)))
    this.#ended = this.#ended.then((ended) => mergeSnapshots([ended, counts]).snapshot())
  }

  /** Returns the page. */
  async render(): Promise<string> {
    return mergeSnapshots([...this.#latest.values(), await this.#ended]).render()
  }
}
