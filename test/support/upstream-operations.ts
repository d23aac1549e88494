import type { UpstreamClient } from '../../src/upstream/types.ts'

/** The part of a request by which its operation is recognised; the path is below the host's base path. */
export interface RequestedPath {
  readonly path: string
}

/** One operation of a provider's upstream. */
export interface UpstreamOperation {
  /** Its documented name, as errors report it. */
  readonly name: string
  /** The index of its host in `Sandbox.servers`. */
  readonly server: number
  /** Statuses that mean bad credentials, beside 401 and 403. */
  readonly authStatuses: readonly number[]
  isRequest(request: RequestedPath): boolean
}

/** Placeholder for any id in the calls of `recordOperations`. */
export const ANY_ID = 'ID'

/**
 * Returns the operations of an API by calling each of its methods over a client that sends nothing. Each is recognised by
 * its path, in which `ANY_ID` matches every id.
 */
export async function recordOperations<Api>(
  createApi: (client: UpstreamClient) => Api,
  calls: { readonly [Name in keyof Api]: (api: Api) => Promise<unknown> },
): Promise<readonly UpstreamOperation[]> {
  const recorded: { operation: string; path: string }[] = []
  const record = async (call: { operation: string; path: string }): Promise<never> => {
    recorded.push(call)
    throw new Error('Nothing is sent.')
  }
  const api = createApi({
    get: record,
    postForm: record,
    statistics: () => {
      throw new Error('Nothing is sent.')
    },
    close: async () => {},
  })
  for (const call of Object.values<(api: Api) => Promise<unknown>>(calls)) await call(api).catch(() => {})
  return recorded.map(({ operation, path }) => {
    const pattern = new RegExp(`^${path.replaceAll(ANY_ID, '[^/]+')}$`)
    return { name: operation, server: 0, authStatuses: [], isRequest: (request) => pattern.test(request.path) }
  })
}
