import type { VobizSandboxEntry, VobizSandboxTraits } from '../../../src/providers/vobiz/sandbox/index.ts'
import { parseDateTime } from '../../../src/sandbox/timeline.ts'
import { startGateway } from '../../support/gateway.ts'
import type { LedgerTraits } from '../../support/ledger-conformance.ts'

/** A list of Vobiz's entries, which belong to the given customers in turn. */
export const vobizTraits = (customers: readonly string[], sandbox: Partial<VobizSandboxTraits> = {}) =>
  ({
    provider: 'VOBIZ',
    rowsOf: (json) => {
      const answer = json as Record<'transactions' | 'accounts', Record<string, unknown>[] | undefined>
      return answer.transactions ?? answer.accounts ?? []
    },
    amountField: 'amount',
    accounts: ['MA_1', 'MA_2'],
    account: null,
    currencies: ['INR', 'JPY', 'KWD'],
    mixesCurrencies: false,
    credential: 'VOBIZ_AUTH_TOKEN',
    hasTotal: true,
    requests: { page: 1, total: 0, farEnd: 2, afterGrowth: 2, search: 10 },
    async start(environment = {}) {
      const gateway = await startGateway({
        sandboxes: { vobiz: { data: 'empty', traits: sandbox }, kobble: { data: 'empty' } },
        environment,
      })
      const { vobiz } = gateway
      for (const auth_id of customers) vobiz.addCustomer({ auth_id })
      // Where every customer has a list, of entries of one instant those of the customer listed first are the newer ones.
      const rank = ({ account_id }: VobizSandboxEntry) => (customers.length > 1 ? customers.indexOf(account_id) : 0)
      const compare = (one: VobizSandboxEntry, other: VobizSandboxEntry) =>
        Number(parseDateTime(other.created_at)! - parseDateTime(one.created_at)!) || rank(one) - rank(other)
      let added = 0
      let units = 0
      return {
        gateway,
        server: vobiz.server,
        ids: (account) =>
          vobiz.entries
            .filter(({ account_id }) => account === undefined || account_id === account)
            .toSorted(compare)
            .map(({ id }) => id),
        add({ createdAt, amount, currency, account, direction = 'DEBIT', isSettled = true }) {
          if (vobiz.entries.length === 0) added = 0
          const account_id = account ?? customers[added++ % customers.length]!
          if (!vobiz.customers.some(({ auth_id }) => auth_id === account_id)) vobiz.addCustomer({ auth_id: account_id })
          // Sums prove that a list is unchanged, so that no two entries may have the same amount.
          units += 1
          return vobiz.add({
            amount: amount ?? `${units}.45`,
            ...(currency !== undefined && { currency }),
            account_id,
            type: direction.toLowerCase(),
            status: isSettled ? 'completed' : 'pending',
            created_at: createdAt,
          }).id
        },
        remove: (id) => vobiz.remove(id),
        close: () => gateway.close(),
      }
    },
  }) satisfies Partial<LedgerTraits>
