import { Environment, Network, RecordSource, Store } from 'relay-runtime'

/** Creates an environment with an empty cache that sends operations to the gateway. */
export function createGatewayEnvironment(url = 'http://127.0.0.1:4000/graphql'): Environment {
  return new Environment({
    network: Network.create(async ({ text }, variables) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: text, variables }),
      })
      return response.json()
    }),
    store: new Store(new RecordSource()),
  })
}
