import type { ObjectRef } from '@pothos/core'
import type { Connection, SourceReport } from '../connection/connection.ts'
import type { TransactionRecord } from '../ledger/transaction.ts'
import type { AllTypes, GatewayBuilder } from './builder.ts'
import { codeOf, messageOf } from './error-masking.ts'
import type { SharedTypes } from './shared-types.ts'
import { listSize } from './weight.ts'

/** Adds `SourceError`. */
function defineSourceError(builder: GatewayBuilder) {
  return builder.objectRef<{ error: Error }>('SourceError').implement({
    description: 'Failure of a provider.',
    fields: (t) => ({
      code: t.string({
        description: 'Error code, as in the `extensions` of an error.',
        resolve: ({ error }) => codeOf(error),
      }),
      message: t.string({
        description: 'Explanation for people.',
        resolve: ({ error }, _, context) => messageOf(error, context.reportUnexpected),
      }),
    }),
  })
}

/** Adds `TransactionConnection.sources`: one report for each provider of the list, at most `maxSources`. */
export function defineSources(
  builder: GatewayBuilder,
  { Provider }: Pick<SharedTypes, 'Provider'>,
  ConnectionRef: ObjectRef<AllTypes, Connection<TransactionRecord>>,
  maxSources: number,
): void {
  const SourceError = defineSourceError(builder)
  const Source = builder.objectRef<SourceReport>('TransactionSource').implement({
    description: 'Contribution of one provider to a list.',
    fields: (t) => ({
      provider: t.field({ type: Provider, description: 'The provider.', resolve: (source) => source.provider }),
      totalCount: t.int({
        nullable: true,
        description:
          "Number of this provider's matching entries; null when the provider failed, is not configured, or would have to read them all to count them. A provider that failed or cannot count makes the `totalCount` of the whole list null.",
        resolve: (source) => source.totalCount(),
      }),
      error: t.field({
        type: SourceError,
        nullable: true,
        description: 'Failure of the provider; null when it was read.',
        // GraphQL treats an Error that a resolver returns as thrown, hence the wrapper.
        resolve: async (source) => {
          const error = await source.error()
          return error && { error }
        },
      }),
    }),
  })
  builder.objectField(ConnectionRef, 'sources', (t) =>
    t.field({
      type: [Source],
      description: 'Contribution of each provider to the list, with its failure.',
      extensions: listSize(maxSources),
      resolve: (connection) => [...connection.sources],
    }),
  )
}
