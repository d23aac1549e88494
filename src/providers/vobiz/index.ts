import { createClient } from '../../upstream/client.ts'
import { logClientEvents } from '../../upstream/events.ts'
import type { Provider } from '../provider.ts'
import { readVobizConfig, vobizVariables } from './config.ts'
import { vobizExamples } from './examples.ts'
import { defineVobizTypes } from './graphql.ts'
import { createVobizApi } from './http.ts'
import { AUTH_ID_FORM, isAuthId } from './ids.ts'
import { createVobizCapabilities } from './ledger.ts'
import { createVobizSandbox } from './sandbox/index.ts'
import { createVobizSession } from './session.ts'

/** Vobiz, a telephony platform for resellers: a partner's ledgers of its customers, in numbered pages. */
export const vobiz: Provider = {
  name: 'VOBIZ',
  description: "Vobiz: top-ups and usage of a telephony reseller's customers.",
  variables: vobizVariables,
  accountFilter: {
    field: 'vobizCustomers',
    description: 'Vobiz auth ids. Excludes other providers unless their accounts are given too.',
    isId: isAuthId,
    idForm: AUTH_ID_FORM,
  },
  connect(environment, { timeoutMs, scanLimit, log }) {
    const config = readVobizConfig(environment)
    if (config === null) return null
    const onEvent = logClientEvents(log, { provider: 'VOBIZ' })
    const client = createClient({ provider: 'VOBIZ', baseUrl: config.baseUrl, timeoutMs, onEvent })
    const api = createVobizApi({ config, client })
    const shared = {
      api,
      capabilities: createVobizCapabilities(),
      currency: config.currency,
      partnerId: config.authId,
      scanLimit,
      timeoutMs,
    }
    return {
      secretMaterial: JSON.stringify([config.authId, config.authToken]),
      openSession: (operation) => createVobizSession(shared, operation),
      close: () => client.close(),
    }
  },
  defineTypes: defineVobizTypes,
  examples: vobizExamples,
  startSandbox: (options) => createVobizSandbox(options),
}
