import { createProviderClient } from '../client.ts'
import type { Provider } from '../provider.ts'
import { createTokenSource } from './auth.ts'
import { kobbleVariables, readKobbleConfig } from './config.ts'
import { kobbleExamples } from './examples.ts'
import { defineKobbleTypes } from './graphql.ts'
import { createKobbleApi } from './http.ts'
import { createKobbleCapabilities } from './ledger.ts'
import { createKobbleSession } from './session.ts'
import { WALLET_IDS } from './wallet.ts'
import { WalletRegistry } from './wallet-registry.ts'

/** Kobble, wallets and cards: a client's transactions by offset and limit. */
export const kobble: Provider = {
  name: 'KOBBLE',
  description: 'Kobble: transactions of wallets and cards.',
  variables: kobbleVariables,
  accountFilter: {
    field: 'kobbleWallets',
    description:
      'Kobble wallet ids or global ids. Excludes other providers unless their accounts are given too. `directions` and `summary` are then as seen from these wallets.',
    ...WALLET_IDS,
  },
  connect(environment, options) {
    const config = readKobbleConfig(environment)
    if (config === null) return null
    const client = createProviderClient({ provider: 'KOBBLE', service: 'api', baseUrl: config.baseUrl }, options)
    const tokenHost = { provider: 'KOBBLE', service: 'tokens', baseUrl: config.tokenUrl, connections: 1 }
    const secretMaterial = JSON.stringify([config.clientId, config.clientSecret])
    const auth = createTokenSource({
      config,
      client: createProviderClient(tokenHost, options),
      shared: options.shared?.(secretMaterial) ?? null,
    })
    const credentials = [config.baseUrl, config.tokenUrl, config.clientId, config.clientSecret, config.scope]
    const cache = options.cache?.forProvider('KOBBLE', credentials) ?? null
    const registry = new WalletRegistry()
    const api = registry.observe(createKobbleApi({ client, auth, cache }))
    const shared = { api, capabilities: createKobbleCapabilities(), registry, scanLimit: options.scanLimit }
    return {
      secretMaterial,
      openSession: (operation) => createKobbleSession(shared, operation),
      async check(context) {
        await api.listTransactions({ offset: 0, limit: 1, order: 'desc' }, context)
      },
      async close() {
        await Promise.all([client.close(), auth.close()])
      },
    }
  },
  defineTypes: defineKobbleTypes,
  examples: kobbleExamples,
  async startSandbox(options) {
    // Loaded only when the sandbox is used, for a faster start.
    const { createKobbleSandbox } = await import('./sandbox/index.ts')
    return createKobbleSandbox(options)
  },
}
