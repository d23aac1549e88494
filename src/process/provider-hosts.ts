import type { Environment } from '../config.ts'
import type { Provider } from '../providers/provider.ts'
import { readProxyRules } from '../upstream/proxy-rules.ts'

const isUrlVariable = (name: string) => name.endsWith('_URL')

/** Returns the variables that hold the addresses of a provider. */
export const urlVariablesOf = ({ variables }: Provider): readonly string[] =>
  Object.keys(variables).filter(isUrlVariable)

/** Returns the variables that have no default, so that all of them must be set. */
export const requiredVariablesOf = ({ variables }: Provider): readonly string[] =>
  Object.entries(variables).flatMap(([name, schema]) => (schema.safeParse(undefined).success ? [] : [name]))

/** Returns the variables that must be set beside the addresses: the credentials. */
export const credentialVariablesOf = (provider: Provider): readonly string[] =>
  requiredVariablesOf(provider).filter((name) => !isUrlVariable(name))

/** Returns the addresses of a provider whose variables are valid; those of its defaults included. */
const urlsOf = (provider: Provider, environment: Environment): readonly URL[] =>
  urlVariablesOf(provider).flatMap((name) => {
    const { data } = provider.variables[name]!.safeParse(environment[name]?.trim() || undefined)
    const url = URL.parse(String(data))
    return url === null ? [] : [url]
  })

/** Returns the proxies on the way to some addresses with their ports, each once. */
function proxiesOf(urls: readonly URL[], environment: Environment): readonly string[] {
  const findProxy = readProxyRules(environment)
  const proxies = urls.flatMap((url) => {
    const proxy = findProxy(url)
    return proxy === null ? [] : [`${proxy.hostname}:${proxy.port}`]
  })
  return [...new Set(proxies)]
}

/** Names a provider, its hosts with their ports, and the proxies on the way to them; nothing of a path, and no credential. */
export function describeRoute(provider: Provider, environment: Environment): string {
  const urls = urlsOf(provider, environment)
  const hosts = new Set(urls.map(({ host }) => host))
  const proxies = proxiesOf(urls, environment)
  const through = proxies.length === 0 ? '' : ` through the proxy ${proxies.join(', ')}`
  return `${provider.name} (${[...hosts].join(', ')})${through}`
}
