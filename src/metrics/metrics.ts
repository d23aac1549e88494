import type { UpstreamClient } from '../upstream/types.ts'
import type { Activity, CacheSource, ClientSource, RedisSource } from './metric.ts'
import { OperationCounters } from './operation-counters.ts'
import type { MetricsRegistry, MetricsSnapshot } from './registry.ts'
import { ServerCounters } from './server-counters.ts'

/** The `content-type` of the page. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * The metrics of one gateway. They are counted in plain numbers and read at a scrape; prom-client is loaded with the first one, so
 * that a gateway that nobody scrapes pays for neither.
 */
export class Metrics {
  readonly operations = new OperationCounters()
  readonly server = new ServerCounters()
  readonly clients: ClientSource[] = []
  #activity: Activity = { operations: () => 0, subscriptions: () => 0 }
  #redis: RedisSource | null = null
  #cache: CacheSource | null = null
  #registry: Promise<MetricsRegistry> | null = null
  #renderAll: (() => Promise<string>) | null = null

  /** Adds a client to those that are read. */
  readonly addClient = (client: UpstreamClient, { provider, service }: Omit<ClientSource, 'statistics'>): void => {
    this.clients.push({ provider, service, statistics: () => client.statistics() })
  }

  /** Reads the number of running requests from now on. */
  observeActivity(activity: Activity): void {
    this.#activity = activity
  }

  /** Reads the connection to Redis from now on. */
  observeRedis(redis: RedisSource): void {
    this.#redis = redis
  }

  /** Reads the cache of answers from now on. */
  observeCache(cache: CacheSource): void {
    this.#cache = cache
  }

  /** Returns the page: all metrics as text, of the type {@link METRICS_TYPE}. */
  async render(): Promise<string> {
    return this.#renderAll === null ? (await this.load()).render() : this.#renderAll()
  }

  /** Renders the page of several processes from now on, of which this is one. */
  renderWith(renderAll: () => Promise<string>): void {
    this.#renderAll = renderAll
  }

  /** Returns all metrics as values that can be sent to another process, which merges them (see `MergedMetrics`). */
  async snapshot(): Promise<MetricsSnapshot> {
    return (await this.load()).snapshot()
  }

  /** Loads what renders the page. Metrics of the process, such as the lag of the event loop, are measured from then on. */
  load(): Promise<MetricsRegistry> {
    this.#registry ??= import('./registry.ts').then(({ createRegistry }) =>
      createRegistry({
        operations: this.operations,
        server: this.server,
        clients: this.clients,
        activity: this.#activity,
        redis: this.#redis,
        cache: this.#cache,
      }),
    )
    return this.#registry
  }
}
