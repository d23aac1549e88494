import type { AnswerCache } from '../cache/answer-cache.ts'
import type { Environment, VariableSchemas } from '../config.ts'
import type { AccountFilter } from '../graphql/account-filter.ts'
import type { GatewayBuilder } from '../graphql/builder.ts'
import type { ProviderSession } from '../graphql/context.ts'
import type { GraphiQLExample } from '../graphql/graphiql.ts'
import type { SharedTypes } from '../graphql/shared-types.ts'
import type { Log } from '../log.ts'
import type { Operation, RequestContext } from '../operation.ts'
import type { Sandbox, SandboxOptions } from '../sandbox/server.ts'
import type { NetworkSettings } from '../upstream/dispatcher.ts'
import type { UpstreamClient } from '../upstream/types.ts'
import type { OpenSharedState } from './shared-state.ts'

/** Names a host of a provider: the provider's enum value, and `api` or another host such as that of tokens. */
export interface ClientName {
  readonly provider: string
  readonly service: string
}

/** Settings and services for a provider, beside its own configuration. */
export interface ProviderOptions {
  /** Deadline of one upstream request, its retries included. */
  readonly timeoutMs: number
  /** Rows that one field may read to answer a sum or a filter that the provider cannot. */
  readonly scanLimit: number
  /** Receives failures between the gateway and the provider. */
  readonly log: Log
  /** How the provider's hosts are reached. */
  readonly network: NetworkSettings
  /** Opens what the processes of the gateway share; null when they share nothing. */
  readonly shared?: OpenSharedState | null
  /** Keeps answers; left out, or null, when none are kept. */
  readonly cache?: AnswerCache | null
  /** Receives each HTTP client of the provider when it is created. */
  readonly onClient?: (client: UpstreamClient, name: ClientName) => void
}

/** A provider that is switched on: its connections and what it has learned, for as long as the process runs. */
export interface ProviderConnection {
  openSession(operation: Operation): ProviderSession
  /**
   * Sends one cheap request that needs the credentials. The process calls it once, at its start.
   * @throws {UpstreamError} when the provider cannot be reached, or rejects the credentials
   */
  check(context: RequestContext): Promise<void>
  /** The credentials as one text, to derive keys from; never logged or shown. */
  readonly secretMaterial: string
  close(): Promise<void>
}

/**
 * All that the gateway knows of a provider. One such value is what a provider's folder exports, and naming it in the
 * registry is what makes it part of the gateway.
 */
export interface Provider {
  /** The value of the enum `Provider`. */
  readonly name: string
  /** Describes the enum value to readers of the schema. */
  readonly description: string
  /** Its environment variables with their schemas, for the start-up lines and the table in docs/configuration.md. */
  readonly variables: VariableSchemas
  /** The field of `TransactionFilter` that confines the unified list to accounts of this provider. */
  readonly accountFilter: AccountFilter | null
  /**
   * @returns null when its variables are all unset, so that it is switched off
   * @throws {ConfigError} when they cannot be used
   */
  connect(environment: Environment, options: ProviderOptions): ProviderConnection | null
  /** Adds its types and its root fields to the schema. */
  defineTypes(builder: GatewayBuilder, shared: SharedTypes): void
  /** Tabs of GraphiQL that show what it adds; they answer on its sandbox. */
  readonly examples: readonly GraphiQLExample[]
  /** Starts its upstream on loopback, with made-up data unless the options say otherwise. */
  startSandbox(options?: SandboxOptions): Promise<Sandbox>
}
