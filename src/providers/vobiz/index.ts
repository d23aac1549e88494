import { createProviderClient } from '../client.ts'
import { isPlainId, PLAIN_ID_FORM } from '../plain-id.ts'
import type { Provider } from '../provider.ts'
import { readVobizConfig, vobizVariables } from './config.ts'
import { vobizExamples } from './examples.ts'
import { defineVobizTypes } from './graphql.ts'
import { createVobizApi } from './http.ts'
import { createVobizCapabilities } from './ledger.ts'
import { createVobizSession } from './session.ts'

/** Vobiz, a telephony platform for resellers: a partner's ledgers of its customers, in numbered pages. */
export const vobiz: Provider = {
  name: 'VOBIZ',
  description: "Vobiz: top-ups and usage of a telephony reseller's customers.",
  variables: vobizVariables,
  accountFilter: {
    field: 'vobizCustomers',
    description: 'Vobiz auth ids or global ids. Excludes other providers unless their accounts are given too.',
    typename: 'VobizCustomer',
    // Vobiz documents examples of auth ids only, such as MA_XXXXXXXX.
    isId: isPlainId,
    idForm: PLAIN_ID_FORM,
  },
  connect(environment, options) {
    const config = readVobizConfig(environment)
    if (config === null) return null
    const client = createProviderClient({ provider: 'VOBIZ', baseUrl: config.baseUrl }, options)
    const credentials = [config.baseUrl, config.authId, config.authToken]
    const cache = options.cache?.forProvider('VOBIZ', credentials) ?? null
    const api = createVobizApi({ config, client, cache })
    const secretMaterial = JSON.stringify([config.authId, config.authToken])
    const capabilities = createVobizCapabilities(options.shared?.(secretMaterial) ?? null)
    const shared = {
      api,
      capabilities,
      currency: config.currency,
      partnerId: config.authId,
      scanLimit: options.scanLimit,
      timeoutMs: options.timeoutMs,
    }
    return {
      secretMaterial,
      openSession: (operation) => createVobizSession(shared, operation),
      async check(context) {
        await Promise.all([api.listAccounts({ page: 1, perPage: 1 }, context), capabilities.global.refresh()])
      },
      close: () => client.close(),
    }
  },
  defineTypes: defineVobizTypes,
  examples: vobizExamples,
  async startSandbox(options) {
    // Loaded only when the sandbox is used, for a faster start.
    const { createVobizSandbox } = await import('./sandbox/index.ts')
    return createVobizSandbox(options)
  },
}
