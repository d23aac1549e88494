import { z } from 'zod'
import { ConfigError } from '../../../src/errors.ts'
import type { Provider } from '../../../src/providers/provider.ts'
import { baseUrl } from '../../../src/upstream/base-url.ts'
import { createClient } from '../../../src/upstream/client.ts'
import { defineFarthingTypes } from './graphql.ts'
import { createFarthingApi } from './http.ts'
import { createFarthingSandbox } from './sandbox.ts'
import { createFarthingKnowledge, createFarthingSession } from './session.ts'

const variables = {
  FARTHING_BASE_URL: baseUrl.describe('Base URL of the API.'),
  FARTHING_API_KEY: z.string({ error: 'expected a key' }).describe('API key.'),
}

/**
 * Farthing, a bank that nobody has heard of: its ledger comes by skip and take, newest first only, and it never tells how
 * many entries there are.
 */
export const farthing: Provider = {
  name: 'FARTHING',
  description: 'Farthing, a made-up bank for small change.',
  variables,
  accountFilter: null,
  connect(environment, { timeoutMs }) {
    if (Object.keys(variables).every((name) => !environment[name])) return null
    const { success, data, error } = z.object(variables).safeParse(environment)
    if (!success) throw new ConfigError(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))
    const client = createClient({ provider: 'FARTHING', baseUrl: data.FARTHING_BASE_URL, timeoutMs })
    const api = createFarthingApi(client, data.FARTHING_API_KEY)
    const knowledge = createFarthingKnowledge()
    return {
      secretMaterial: data.FARTHING_API_KEY,
      openSession: (operation) => createFarthingSession(api, knowledge, operation),
      close: () => client.close(),
    }
  },
  defineTypes: defineFarthingTypes,
  examples: [],
  startSandbox: () => createFarthingSandbox(),
}
