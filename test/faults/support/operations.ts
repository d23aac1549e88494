import { createKobbleApi, type KobbleApi } from '../../../src/providers/kobble/http.ts'
import { createVobizApi, type VobizApi } from '../../../src/providers/vobiz/http.ts'
import type { UpstreamClient } from '../../../src/upstream/types.ts'
import type { PassedRequest } from './faulty-upstream.ts'

/** The hosts that the gateway talks to. */
export type Host = 'vobiz' | 'kobble' | 'tokens'

/** One endpoint of a provider, by its documented name. */
export interface Operation {
  readonly host: Host
  readonly provider: 'VOBIZ' | 'KOBBLE'
  readonly name: string
  readonly isRequest: (request: PassedRequest) => boolean
}

/** The placeholder of an id in a path. */
const ID = 'ID'

const VOBIZ: { readonly [Name in keyof VobizApi]: (api: VobizApi) => Promise<unknown> } = {
  listAccounts: (api) => api.listAccounts({ page: 1, perPage: 1 }),
  getAccount: (api) => api.getAccount(ID),
  getBalance: (api) => api.getBalance(ID),
  listCustomerTransactions: (api) => api.listCustomerTransactions(ID, { page: 1, perPage: 1 }),
  listTransactions: (api) => api.listTransactions({ page: 1, perPage: 1 }),
}

const KOBBLE: { readonly [Name in keyof KobbleApi]: (api: KobbleApi) => Promise<unknown> } = {
  listTransactions: (api) => api.listTransactions({ offset: 0, limit: 1, order: 'desc' }),
  getTransaction: (api) => api.getTransaction(ID),
  listWallets: (api) => api.listWallets(),
  getWallet: (api) => api.getWallet(ID),
}

/** Creates a client that records its calls and sends nothing. */
function recorder() {
  const recorded: { operation: string; path: string }[] = []
  const record = async (call: { operation: string; path: string }): Promise<never> => {
    recorded.push(call)
    throw new Error('Nothing is sent.')
  }
  const client: UpstreamClient = { get: record, postForm: record, close: async () => {} }
  return { client, recorded }
}

/** Returns the operations of an API, each recognised by its path. */
async function operationsOf<Api>(
  host: Host,
  provider: Operation['provider'],
  calls: Readonly<Record<string, (api: Api) => Promise<unknown>>>,
  createApi: (client: UpstreamClient) => Api,
): Promise<readonly Operation[]> {
  const { client, recorded } = recorder()
  const api = createApi(client)
  for (const call of Object.values(calls)) await call(api).catch(() => {})
  return recorded.map(({ operation: name, path }) => {
    const pattern = new RegExp(`^${path.replaceAll(ID, '[^/]+')}$`)
    return { host, provider, name, isRequest: (request) => pattern.test(request.path) }
  })
}

const token = { token: async () => 'token', drop: () => true, close: async () => {} }
const config = { baseUrl: '', authId: '', authToken: '', currency: 'INR' }

/** Every endpoint that the gateway reads. */
export const OPERATIONS: readonly Operation[] = [
  ...(await operationsOf('vobiz', 'VOBIZ', VOBIZ, (client) => createVobizApi({ config, client }))),
  ...(await operationsOf('kobble', 'KOBBLE', KOBBLE, (client) => createKobbleApi({ client, auth: token }))),
  { host: 'tokens', provider: 'KOBBLE', name: 'getAccessToken', isRequest: () => true },
]
