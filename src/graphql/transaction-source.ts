import type { ObjectRef } from '@pothos/core'
import type { Connection, SourceReport } from '../connection/connection.ts'
import type { SourceFailure } from '../connection/page.ts'
import { UpstreamError } from '../errors.ts'
import type { TransactionRecord } from '../ledger/transaction.ts'
import type { AllTypes, GatewayBuilder } from './builder.ts'
import { codeOf, messageOf } from './error-masking.ts'
import { isSelected } from './selection.ts'
import type { SharedTypes } from './shared-types.ts'
import { cost, listSize, SUMMARY_WEIGHT } from './weight.ts'

/** The largest value of an Int. */
const MAX_INT = 2 ** 31 - 1

/** Returns the pause before the next request, at most `MAX_INT`; null when unknown. */
function retryAfterOf(error: Error): number | null {
  if (!(error instanceof UpstreamError) || error.retryAfterMs === null) return null
  return Math.min(error.retryAfterMs, MAX_INT)
}

/** Adds `SourceError`. */
function defineSourceError(builder: GatewayBuilder) {
  return builder.objectRef<SourceFailure>('SourceError').implement({
    description: 'Failure of a provider.',
    fields: (t) => ({
      code: t.string({
        description: 'Error code, as in the `extensions` of an error. Values may be added.',
        resolve: ({ error }) => codeOf(error),
      }),
      operation: t.string({
        nullable: true,
        description:
          "Upstream operation that failed, by the name that the gateway's log uses, e.g. listTransactions; null for a failure that is not the provider's, such as PROVIDER_NOT_CONFIGURED.",
        resolve: ({ error }) => (error instanceof UpstreamError ? error.operation : null),
      }),
      retryAfterMs: t.int({
        nullable: true,
        description:
          'Milliseconds after which the provider may be asked again, by its Retry-After or by the pause of the circuit breaker; null when unknown.',
        resolve: ({ error }) => retryAfterOf(error),
      }),
      message: t.string({
        description: 'Explanation for people.',
        resolve: ({ error }, _, context) => messageOf(error, context.reportUnexpected),
      }),
      accounts: t.int({
        nullable: true,
        description:
          'Number of accounts that failed in this way, for a provider whose list is merged from the lists of its accounts; null when the provider failed as a whole.',
        resolve: ({ accounts }) => accounts,
      }),
    }),
  })
}

/** The contribution of one provider, as it is selected. */
interface SelectedSource {
  readonly report: SourceReport
  /** True when the sums are selected, so that their failure is reported. */
  readonly includesSums: boolean
}

/** Adds `TransactionConnection.sources`: one report for each provider of the list, at most `maxSources`. */
export function defineSources(
  builder: GatewayBuilder,
  { Provider, Summary }: Pick<SharedTypes, 'Provider' | 'Summary'>,
  ConnectionRef: ObjectRef<AllTypes, Connection<TransactionRecord>>,
  maxSources: number,
): void {
  const SourceError = defineSourceError(builder)
  const Source = builder.objectRef<SelectedSource>('TransactionSource').implement({
    description: 'Contribution of one provider to a list.',
    fields: (t) => ({
      provider: t.field({ type: Provider, description: 'The provider.', resolve: ({ report }) => report.provider }),
      totalCount: t.int({
        nullable: true,
        description:
          "Number of this provider's matching entries; null when the provider failed, is not configured, or would have to read them all to count them. A provider that failed or cannot count makes the `totalCount` of the whole list null.",
        resolve: ({ report }) => report.totalCount(),
      }),
      summary: t.field({
        type: Summary,
        nullable: true,
        description:
          'Totals over all matching entries of this provider. Null when it is not configured or they cannot be read: under PARTIAL `error` says why, under FAIL this field has an error. The page and the totals of other providers are not affected.',
        extensions: cost(SUMMARY_WEIGHT),
        resolve: ({ report }) => report.summary(),
      }),
      error: t.field({
        type: SourceError,
        nullable: true,
        description:
          'Failure of the provider; null when it was read. When `summary` is selected, also the reason why it is null.',
        resolve: async ({ report, includesSums }) => (await report.failures(includesSums))[0] ?? null,
      }),
      errors: t.field({
        type: [SourceError],
        description:
          'Failures of the provider by kind, first that of `error`. There can be several when its list is merged from the lists of accounts. Empty when all was read.',
        resolve: async ({ report, includesSums }) => [...(await report.failures(includesSums))],
      }),
    }),
  })
  builder.objectField(ConnectionRef, 'sources', (t) =>
    t.field({
      type: [Source],
      description: 'Contribution of each provider to the list, with its failure.',
      extensions: listSize(maxSources),
      resolve: (connection, _, __, info) => {
        const includesSums = isSelected(info, 'summary')
        return connection.sources.map((report) => ({ report, includesSums }))
      },
    }),
  )
}
