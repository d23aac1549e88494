import { createClient } from '../../upstream/client.ts'
import { logClientEvents } from '../../upstream/events.ts'
import type { Provider } from '../provider.ts'
import { createTokenSource } from './auth.ts'
import { kobbleVariables, readKobbleConfig } from './config.ts'
import { kobbleExamples } from './examples.ts'
import { defineKobbleTypes } from './graphql.ts'
import { createKobbleApi } from './http.ts'
import { ID_FORM, isKobbleId } from './ids.ts'
import { createKobbleCapabilities } from './ledger.ts'
import { createKobbleSandbox } from './sandbox/index.ts'
import { createKobbleSession } from './session.ts'

/** Kobble, wallets and cards: a client's transactions by offset and limit. */
export const kobble: Provider = {
  name: 'KOBBLE',
  description: 'Kobble: transactions of wallets and cards.',
  variables: kobbleVariables,
  accountFilter: {
    field: 'kobbleWallets',
    description: 'Kobble wallet ids. Excludes other providers unless their accounts are given too.',
    isId: isKobbleId,
    idForm: ID_FORM,
  },
  connect(environment, { timeoutMs, scanLimit, log }) {
    const config = readKobbleConfig(environment)
    if (config === null) return null
    const logOf = (service: string) => logClientEvents(log, { provider: 'KOBBLE', service })
    const client = createClient({ provider: 'KOBBLE', baseUrl: config.baseUrl, timeoutMs, onEvent: logOf('api') })
    const auth = createTokenSource({ config, timeoutMs, onEvent: logOf('tokens') })
    const api = createKobbleApi({ client, auth })
    const shared = { api, capabilities: createKobbleCapabilities(), scanLimit }
    return {
      secretMaterial: JSON.stringify([config.clientId, config.clientSecret]),
      openSession: (operation) => createKobbleSession(shared, operation),
      async close() {
        await Promise.all([client.close(), auth.close()])
      },
    }
  },
  defineTypes: defineKobbleTypes,
  examples: kobbleExamples,
  startSandbox: (options) => createKobbleSandbox(options),
}
