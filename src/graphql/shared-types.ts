import type { GatewayBuilder } from './builder.ts'
import { defineGroups } from './groups.ts'
import { defineConnection, definePageInfo } from './ledger-connection.ts'
import { defineNodes } from './node.ts'
import { definePeriod } from './period.ts'
import { defineScalars } from './scalars.ts'
import { defineSummary } from './summary.ts'
import { defineTransaction } from './transaction.ts'
import { cost, SUMMARY_WEIGHT } from './weight.ts'

type ConnectionOf<T> = Parameters<typeof defineConnection<T>>[2]

/**
 * Adds the types that all providers share.
 *
 * @param providers the values of the enum `Provider` with their descriptions
 */
export function defineSharedTypes(builder: GatewayBuilder, providers: Readonly<Record<string, string>>) {
  defineScalars(builder)
  const { Node, nodeTypes, addNodeType } = defineNodes(builder)
  const PageInfo = definePageInfo(builder)
  const Summary = defineSummary(builder)
  const transactionTypes = defineTransaction(builder, { Node, nodeTypes }, providers)
  const addGroups = defineGroups(builder, { Summary, ...transactionTypes })
  let hasSubscriptions = false
  return {
    Node,
    nodeTypes,
    addNodeType,
    Summary,
    ...definePeriod(builder),
    ...transactionTypes,
    /** Adds the root type for subscriptions once. A schema without subscriptions must not have one. */
    allowSubscriptions(): void {
      if (!hasSubscriptions) builder.subscriptionType({ description: 'Progress of long operations.' })
      hasSubscriptions = true
    },
    /** Adds a connection over one kind of node; see `defineConnection`. */
    connection: <T>(options: ConnectionOf<T>) => defineConnection<T>(builder, PageInfo, options),
    /** Adds a connection over one kind of entry, with the totals over all matching entries, whole and in groups. */
    ledgerConnection: <T>({ summary, ...options }: ConnectionOf<T> & { readonly summary?: string }) => {
      const types = defineConnection<T>(builder, PageInfo, options)
      builder.objectField(types.Connection, 'summary', (t) =>
        t.field({
          type: Summary,
          description: summary ?? 'Totals over all matching entries, not only this page.',
          extensions: cost(SUMMARY_WEIGHT),
          resolve: (connection) => connection.summary(),
        }),
      )
      addGroups(types.Connection)
      return types
    },
  }
}

/** The types that all providers share. */
export type SharedTypes = ReturnType<typeof defineSharedTypes>
