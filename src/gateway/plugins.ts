import type { GraphQLSchema } from 'graphql'
import { useExecutionCancellation, useReadinessCheck, type YogaServerOptions } from 'graphql-yoga'
import type { GatewayContext } from '../graphql/context.ts'
import type { LogUnexpected } from '../graphql/error-masking.ts'
import { useExtensions } from '../graphql/extensions.ts'
import { examplesOf } from '../graphql/graphiql.ts'
import type { Provider } from '../providers/provider.ts'
import { useAuthentication } from '../server/auth/authentication.ts'
import { useCredentialWatch } from '../server/auth/credential-watch.ts'
import { useVaryByOrigin } from '../server/browser/cors.ts'
import { useCsrfPrevention } from '../server/browser/csrf.ts'
import { useGraphiQLDisabled, useGraphiQLPage } from '../server/browser/graphiql-page.ts'
import { useRefusedOriginLog } from '../server/browser/refused-origins.ts'
import { useSchemaFiles } from '../server/browser/schema-files.ts'
import { useCacheControl } from '../server/cache-control.ts'
import { useCompiledExecution } from '../server/compiled-execution.ts'
import { useErrorDeduplication } from '../server/error-deduplication.ts'
import { useErrorMasking } from '../server/error-masking.ts'
import { useBodyLimit } from '../server/limits/body-limit.ts'
import { useComplexityLimit } from '../server/limits/complexity.ts'
import { useConcurrencyLimits } from '../server/limits/concurrency.ts'
import { useDocumentLimits } from '../server/limits/document-limits.ts'
import { useOperationLifetime } from '../server/limits/operation-lifetime.ts'
import { useRateLimit } from '../server/limits/rate-limit.ts'
import { useVariableLimits } from '../server/limits/variables.ts'
import { useMetricsPage } from '../server/metrics-page.ts'
import { useOperationReports } from '../server/operation-report.ts'
import { usePersistedDocuments } from '../server/persisted-documents.ts'
import { useRefusalLog } from '../server/refusal-log.ts'
import { useRequestId } from '../server/request-id.ts'
import { useResponseHeaders } from '../server/response-headers.ts'
import type { Rules } from '../server/rules.ts'
import { useSubscriptionCut } from '../server/subscription-cut.ts'
import { useUnreadableRequest } from '../server/unreadable-request.ts'
import type { Connected } from './connect.ts'
import { metricsPageOf } from './metrics.ts'

/** The title of GraphiQL says it when the data is made up, because the page looks the same with real accounts. */
const titleOf = (isSandbox: boolean) => `Transactions gateway${isSandbox ? ' (sandbox, made-up data)' : ''}`

/** Creates the plugins in the order in which a request passes them. */
export function createPlugins(
  schema: GraphQLSchema,
  { config, log, metrics, isSandbox }: Connected,
  rules: Rules,
  providers: readonly Provider[],
  logUnexpected: LogUnexpected,
): NonNullable<YogaServerOptions<object, GatewayContext>['plugins']> {
  return [
    useRequestId(),
    useRefusedOriginLog(config.corsOrigins, log),
    // Plugins before authentication answer everybody, as Yoga's own /health does.
    useReadinessCheck({ endpoint: '/ready', check: () => rules.readiness.isReady() }),
    config.graphiql
      ? useGraphiQLPage({ title: titleOf(isSandbox), defaultTabs: examplesOf(providers) })
      : useGraphiQLDisabled(),
    useAuthentication(rules.authenticate, log),
    useOperationReports(rules.reports, rules.startTrace),
    config.limits.introspection ? useSchemaFiles(schema) : {},
    useMetricsPage(metricsPageOf(config, metrics)),
    useCsrfPrevention(rules.isTrustedOrigin),
    useRateLimit(rules.limitRate),
    useConcurrencyLimits(rules.acquirePermit, rules.subscriptions, config.limits.maxSubscriptions),
    useBodyLimit(config.limits.maxBodyBytes),
    useUnreadableRequest(),
    useVariableLimits(config.limits),
    usePersistedDocuments(rules.findDocument),
    useDocumentLimits(config.limits, rules.checkDocument),
    useComplexityLimit(rules.limitComplexity, rules.chargeCost),
    useExecutionCancellation(),
    useCompiledExecution(),
    useOperationLifetime(config.limits.operationTimeoutMs),
    useCredentialWatch(),
    useSubscriptionCut(rules.running),
    useErrorDeduplication(),
    useErrorMasking(logUnexpected),
    useExtensions(),
    useCacheControl(config.cache !== null),
    useResponseHeaders(),
    useRefusalLog(rules.logRefusal),
    useVaryByOrigin(config.corsOrigins),
  ]
}
