import type { GatewayBuilder } from '../../graphql/builder.ts'
import type { LoadNode } from '../../graphql/node.ts'
import type { SharedTypes } from '../../graphql/shared-types.ts'
import { cost, READ_WEIGHT } from '../../graphql/weight.ts'
import type { VobizPartnerRecord } from './partner.ts'
import { vobizSession } from './session.ts'

/** Adds `VobizPartner` and `Query.vobizPartner`. */
export function defineVobizPartner(builder: GatewayBuilder, { Node, Money, addNodeType }: SharedTypes): void {
  const Partner = builder.objectRef<VobizPartnerRecord>('VobizPartner').implement({
    description:
      'Partner of Vobiz whose customers and ledgers the gateway reads. Fields other than `authId` are null when Vobiz does not send them.',
    interfaces: [Node],
    fields: (t) => ({
      authId: t.exposeID('authId', { description: "Vobiz's own id of the partner, e.g. PA_XXXXXXXX." }),
      name: t.exposeString('name', { nullable: true, description: 'Name of the partner.' }),
      company: t.exposeString('company', { nullable: true, description: 'Company of the partner.' }),
      email: t.exposeString('email', { nullable: true, description: 'Email address of the partner.' }),
      billingModel: t.exposeString('billingModel', {
        nullable: true,
        description: "Vobiz's own word for the way in which the partner is billed, e.g. direct.",
      }),
      isActive: t.exposeBoolean('isActive', { nullable: true, description: 'True while the partner is active.' }),
      customerCount: t.exposeInt('customerCount', { nullable: true, description: 'Number of customers.' }),
      customerLimit: t.exposeInt('customerLimit', {
        nullable: true,
        description: 'Maximum number of customers that Vobiz allows.',
      }),
      balance: t.expose('balance', {
        type: Money,
        nullable: true,
        description: "Partner's own balance, from which transfers to customers are paid; may be negative.",
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: true,
        description: "Instant at which the partner's account was opened.",
      }),
    }),
  })
  const load: LoadNode = async (authId, context) => {
    const partner = await vobizSession(context).partner()
    return partner?.authId === authId ? partner : null
  }
  addNodeType('VobizPartner', {
    provider: 'VOBIZ',
    // Only callers who may read all data of Vobiz may read the partner.
    accountsOf: () => [],
    load,
  })
  builder.queryField('vobizPartner', (t) =>
    t.field({
      type: Partner,
      nullable: true,
      description: 'Partner whose credentials the gateway has; null for callers who may read only some customers.',
      extensions: cost(READ_WEIGHT),
      resolve: (_, __, context) => vobizSession(context).partner(),
    }),
  )
}
