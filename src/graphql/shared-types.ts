import type { GatewayBuilder } from './builder.ts'
import { defineConnection, definePageInfo } from './ledger-connection.ts'
import { defineNodes } from './node.ts'
import { defineScalars } from './scalars.ts'
import { defineTransaction } from './transaction.ts'

/**
 * Adds what all providers share.
 *
 * @param providers the values of the enum `Provider` and what each stands for
 */
export function defineSharedTypes(builder: GatewayBuilder, providers: Readonly<Record<string, string>>) {
  defineScalars(builder)
  const { Node, addNodeType } = defineNodes(builder)
  const PageInfo = definePageInfo(builder)
  return {
    Node,
    addNodeType,
    ...defineTransaction(builder, Node, providers),
    /** Adds a connection over one kind of node; see `defineConnection`. */
    connection: <T>(options: Parameters<typeof defineConnection<T>>[2]) =>
      defineConnection<T>(builder, PageInfo, options),
  }
}

/** The types that all providers share. */
export type SharedTypes = ReturnType<typeof defineSharedTypes>
