import { createConnection } from '../../../src/connection/connection.ts'
import type { GatewayBuilder } from '../../../src/graphql/builder.ts'
import type { GatewayContext } from '../../../src/graphql/context.ts'
import { connectionArgs } from '../../../src/graphql/ledger-connection.ts'
import type { SharedTypes } from '../../../src/graphql/shared-types.ts'
import type { FarthingSession } from './session.ts'
import type { FarthingTransactionRecord } from './transaction.ts'

const farthingSession = (context: GatewayContext) => context.session('FARTHING') as FarthingSession

/** Adds Farthing's entries to the schema, and the root field that leads to them. */
export function defineFarthingTypes(builder: GatewayBuilder, shared: SharedTypes): void {
  const { Node, Transaction, Order } = shared
  const FarthingTransaction = builder.objectRef<FarthingTransactionRecord>('FarthingTransaction').implement({
    description: 'One entry of the Farthing ledger.',
    interfaces: [Node, Transaction],
    isTypeOf: (value) => (value as FarthingTransactionRecord).typename === 'FarthingTransaction',
  })
  const { Connection } = shared.connection<FarthingTransactionRecord>({
    name: 'FarthingTransaction',
    node: FarthingTransaction,
    description: 'A page of the Farthing ledger.',
  })
  shared.addNodeType('FarthingTransaction', (id, context) => farthingSession(context).transaction(id))
  builder.queryField('farthingTransactions', (t) =>
    t.field({
      type: Connection,
      description: 'The Farthing ledger.',
      args: {
        ...connectionArgs(t.arg),
        order: t.arg({
          type: Order,
          required: true,
          defaultValue: 'NEWEST_FIRST',
          description: 'The order of the list.',
        }),
      },
      resolve: (_, args, context) =>
        createConnection({
          listKey: JSON.stringify(['farthingTransactions', args.order]),
          groups: [farthingSession(context).ledger()],
          order: args.order,
          args,
          onFailure: 'FAIL',
          scanLimit: context.scanLimit,
          cursors: context.cursors,
        }),
    }),
  )
}
