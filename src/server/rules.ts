import type { GraphQLSchema } from 'graphql'
import type { Config } from '../config.ts'
import type { LeveledLog } from '../log.ts'
import type { Tracing } from '../operation.ts'
import type { Authenticate } from './auth/authentication.ts'
import { createFindCorsHeaders, type FindCorsHeaders, isTrustedOrigin } from './browser/cors.ts'
import type { CreateSpend } from './limits/budget.ts'
import { type ComplexityLimit, createComplexityLimit } from './limits/complexity.ts'
import {
  type AcquirePermit,
  type Concurrency,
  createConcurrency,
  createOperationPermits,
} from './limits/concurrency.ts'
import { type ChargeCost, createChargeCost } from './limits/cost-budget.ts'
import { createDocumentCache, type DocumentCache } from './limits/document-cache.ts'
import { type CheckDocument, createDocumentCheck } from './limits/document-limits.ts'
import { createRateLimit, type LimitRate } from './limits/rate-limit.ts'
import { countRefusals, type ServerObserver } from './observer.ts'
import { createOperationLog } from './operation-log.ts'
import { combineReports, type OperationReports } from './operation-report.ts'
import { endTrace, type StartTrace } from './operation-trace.ts'
import { createFindDocument, type FindDocument, type PersistedDocuments } from './persisted-documents.ts'
import { Readiness } from './readiness.ts'
import { createRefusalLog, type LogRefusal } from './refusal-log.ts'
import { RunningOperations } from './running-operations.ts'

/**
 * The rules that keep state, once for each gateway: what one way in counts or caches, every other one sees. Rules without state
 * are plain functions beside their plugins.
 */
export interface Rules {
  readonly authenticate: Authenticate
  readonly isTrustedOrigin: (origin: string) => boolean
  readonly findCorsHeaders: FindCorsHeaders
  readonly limitRate: LimitRate
  readonly acquirePermit: AcquirePermit
  /** Limits and counts the requests for GraphQL that are being processed. */
  readonly operations: Concurrency
  /** Limits and counts the open subscriptions. */
  readonly subscriptions: Concurrency
  readonly findDocument: FindDocument
  /** Parsed documents by their texts. */
  readonly documentCache: DocumentCache
  readonly checkDocument: CheckDocument
  readonly limitComplexity: ComplexityLimit
  readonly chargeCost: ChargeCost
  readonly logRefusal: LogRefusal
  readonly readiness: Readiness
  readonly running: RunningOperations
  readonly reports: OperationReports
  /** Null while tracing is off. Each trace that it starts is ended by `reports`. */
  readonly startTrace: StartTrace | null
}

export interface RulesOptions {
  /** Creates the budgets of callers, which other processes may share. */
  readonly createSpend: CreateSpend
  readonly config: Config
  readonly authenticate: Authenticate
  readonly documents: PersistedDocuments
  readonly log: LeveledLog
  /** Null while tracing is off. */
  readonly tracing: Tracing | null
  /** The schema that is served. */
  readonly schema: GraphQLSchema
  /** Null when nothing is counted. */
  readonly observer: ServerObserver | null
}

/** Creates the rules of a gateway. */
export function createRules(options: RulesOptions): Rules {
  const { config, authenticate, documents, log, tracing, schema, observer, createSpend } = options
  const { limits, corsOrigins, persistedDocuments } = config
  const operations = createConcurrency(limits.maxOperations)
  return {
    authenticate,
    isTrustedOrigin: (origin) => isTrustedOrigin(corsOrigins, origin),
    findCorsHeaders: createFindCorsHeaders(corsOrigins),
    limitRate: createRateLimit(limits.ratePerMinute, createSpend),
    acquirePermit: createOperationPermits(operations, limits.maxOperations),
    operations,
    subscriptions: createConcurrency(limits.maxSubscriptions),
    findDocument: createFindDocument(documents, persistedDocuments?.only ?? false),
    documentCache: createDocumentCache(),
    checkDocument: createDocumentCheck(limits),
    limitComplexity: createComplexityLimit(schema, limits.maxComplexity),
    chargeCost: createChargeCost(limits.costPerMinute, createSpend),
    readiness: new Readiness(),
    running: new RunningOperations(),
    reports: combineReports(createOperationLog(log), [
      observer?.onOperation ?? null,
      tracing === null ? null : endTrace,
    ]),
    startTrace: tracing === null ? null : (headers, startedAt) => tracing.startOperation(headers, startedAt),
    logRefusal: countRefusals(createRefusalLog(log), observer),
  }
}
