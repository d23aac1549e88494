import type { GatewayBuilder } from '../../../src/graphql/builder.ts'
import { addedFields, canonicalFilter, conditionFields, conditionsOf } from '../../../src/graphql/conditions.ts'
import type { GatewayContext } from '../../../src/graphql/context.ts'
import { ledgerArgs, openList } from '../../../src/graphql/ledger-connection.ts'
import type { SharedTypes } from '../../../src/graphql/shared-types.ts'
import type { ExampleSession } from './session.ts'
import type { ExampleTransactionRecord } from './transaction.ts'

const exampleSession = (context: GatewayContext) => context.session('EXAMPLE') as ExampleSession

/** Adds Example's entries to the schema, and the root field that leads to them. */
export function defineExampleTypes(builder: GatewayBuilder, shared: SharedTypes): void {
  const { Node, Transaction, Order } = shared
  const ExampleTransaction = builder.objectRef<ExampleTransactionRecord>('ExampleTransaction').implement({
    description: 'One entry of the Example ledger.',
    interfaces: [Node, Transaction],
  })
  const { Connection } = shared.ledgerConnection<ExampleTransactionRecord>({
    name: 'ExampleTransaction',
    node: ExampleTransaction,
    description: 'A page of the Example ledger.',
  })
  shared.addNodeType('ExampleTransaction', {
    provider: 'EXAMPLE',
    // Example has one account, so that a caller may read all of it or nothing.
    accountsOf: () => [],
    load: (id, context) => exampleSession(context).transaction(id),
  })
  const Filter = builder.inputType('ExampleLedgerFilter', {
    description: 'Conditions on entries of the Example ledger. All that are given must hold.',
    fields: (t) => conditionFields(t, shared),
  })
  builder.queryField('exampleTransactions', (t) =>
    t.field({
      type: Connection,
      description: 'The Example ledger.',
      args: ledgerArgs(t.arg, Filter, Order),
      resolve: (_, args, context) => {
        const filter = canonicalFilter(args.filter ?? {})
        const group = exampleSession(context).ledger(conditionsOf(filter))
        return openList(context, {
          listKey: JSON.stringify(['exampleTransactions', ...addedFields(filter, []), args.order]),
          groups: group === null ? [] : [group],
          order: args.order,
          args,
        })
      },
    }),
  )
}
