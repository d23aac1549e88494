import type { KobbleSandboxTraits } from '../../../src/providers/kobble/sandbox/index.ts'
import { startGateway } from '../../support/gateway.ts'
import type { LedgerTraits } from '../../support/ledger-conformance.ts'

/** A list of Kobble's transactions, all of which have to do with one wallet. */
export const kobbleTraits = (sandbox: Partial<KobbleSandboxTraits> = {}) =>
  ({
    provider: 'KOBBLE',
    rowsOf: (json) => (Array.isArray(json) ? json : []),
    amountField: 'amount',
    accounts: ['wallet-1', 'wallet-2'],
    account: null,
    currencies: ['AUD', 'JPY', 'KWD'],
    mixesCurrencies: true,
    credential: 'KOBBLE_CLIENT_SECRET',
    hasTotal: true,
    requests: { page: 1, total: 0, farEnd: 2, afterGrowth: 2, search: 10 },
    async start(environment = {}) {
      const gateway = await startGateway({
        sandboxes: { kobble: { data: 'empty', traits: sandbox }, vobiz: { data: 'empty' } },
        environment,
      })
      const { kobble } = gateway
      const wallet = kobble.addWallet({ id: 'wallet-1' }).id
      return {
        gateway,
        server: kobble.api,
        ids: (account) =>
          kobble.entries
            .filter(({ from, to }) => account === undefined || from === account || to === account)
            .map(({ id }) => id),
        add({ createdAt, amount = '1', currency = 'AUD', account = wallet, direction = 'CREDIT', isSettled = true }) {
          const sides = direction === 'CREDIT' ? { to: account } : { from: account }
          const status = isSettled ? 'ACCEPTED' : 'PENDING'
          return kobble.add({ ...sides, amount, asset: currency, status, created_at: createdAt }).id
        },
        remove: (id) => kobble.remove(id),
        close: () => gateway.close(),
      }
    },
  }) satisfies Partial<LedgerTraits>
