import type { GatewayBuilder } from './builder.ts'
import { defineConnection, definePageInfo } from './ledger-connection.ts'
import { defineNodes } from './node.ts'
import { definePeriod } from './period.ts'
import { defineScalars } from './scalars.ts'
import { defineSummary } from './summary.ts'
import { defineTransaction } from './transaction.ts'
import { cost } from './weight.ts'

type ConnectionOf<T> = Parameters<typeof defineConnection<T>>[2]

/**
 * Adds what all providers share.
 *
 * @param providers the values of the enum `Provider` and what each stands for
 */
export function defineSharedTypes(builder: GatewayBuilder, providers: Readonly<Record<string, string>>) {
  defineScalars(builder)
  const { Node, nodeTypes, addNodeType } = defineNodes(builder)
  const PageInfo = definePageInfo(builder)
  const Summary = defineSummary(builder)
  let hasSubscriptions = false
  return {
    Node,
    nodeTypes,
    addNodeType,
    Summary,
    ...definePeriod(builder),
    ...defineTransaction(builder, Node, providers),
    /** Sees to it that there is a root type for subscriptions, which a schema without any must not have. */
    allowSubscriptions(): void {
      if (!hasSubscriptions) builder.subscriptionType({ description: 'Work that takes a while, as it goes on.' })
      hasSubscriptions = true
    },
    /** Adds a connection over one kind of node; see `defineConnection`. */
    connection: <T>(options: ConnectionOf<T>) => defineConnection<T>(builder, PageInfo, options),
    /** Adds a connection over one kind of entry, with the sums over all that match. */
    ledgerConnection: <T>(options: ConnectionOf<T>) => {
      const types = defineConnection<T>(builder, PageInfo, options)
      builder.objectField(types.Connection, 'summary', (t) =>
        t.field({
          type: Summary,
          description: 'Sums over every entry that matches the filter, not only this page.',
          extensions: cost(10),
          resolve: (connection) => connection.summary(),
        }),
      )
      return types
    },
  }
}

/** The types that all providers share. */
export type SharedTypes = ReturnType<typeof defineSharedTypes>
