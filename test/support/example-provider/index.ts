import { z } from 'zod'
import { createProviderClient } from '../../../src/providers/client.ts'
import type { Provider } from '../../../src/providers/provider.ts'
import { readVariables } from '../../../src/providers/variables.ts'
import { baseUrl } from '../../../src/upstream/base-url.ts'
import { defineExampleTypes } from './graphql.ts'
import { createExampleApi } from './http.ts'
import { createExampleSession } from './session.ts'

const variables = {
  EXAMPLE_BASE_URL: baseUrl.describe('Base URL of the API.'),
  EXAMPLE_API_KEY: z.string({ error: 'expected a key' }).describe('API key.'),
}

/**
 * A made-up bank with a keyset API: its ledger continues behind an entry's id, and no answer carries a total. It is the
 * worked example of docs/adding-a-provider.md.
 */
export const example: Provider = {
  name: 'EXAMPLE',
  description: 'Example, a made-up bank for small change.',
  variables,
  accountFilter: null,
  connect(environment, options) {
    const config = readVariables(variables, environment, { urls: ['EXAMPLE_BASE_URL'] })
    if (config === null) return null
    const client = createProviderClient({ provider: 'EXAMPLE', baseUrl: config.EXAMPLE_BASE_URL }, options)
    const api = createExampleApi(client, config.EXAMPLE_API_KEY)
    return {
      secretMaterial: config.EXAMPLE_API_KEY,
      openSession: (operation) => createExampleSession(api, operation),
      async check(context) {
        await api.listEntries({ limit: 1 }, context)
      },
      close: () => client.close(),
    }
  },
  defineTypes: defineExampleTypes,
  examples: [],
  async startSandbox() {
    const { createExampleSandbox } = await import('./sandbox.ts')
    return createExampleSandbox()
  },
}
