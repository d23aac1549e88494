import type { Environment } from '../config.ts'
import type { Provider } from '../providers/provider.ts'

const isUrlVariable = (name: string) => name.endsWith('_URL')

/** Returns the variables that hold the addresses of a provider. */
export const urlVariablesOf = ({ variables }: Provider): readonly string[] =>
  Object.keys(variables).filter(isUrlVariable)

/** Returns the variables that must be set beside the addresses: the credentials. */
export const credentialVariablesOf = ({ variables }: Provider): readonly string[] =>
  Object.entries(variables).flatMap(([name, schema]) =>
    isUrlVariable(name) || schema.safeParse(undefined).success ? [] : [name],
  )

/** Returns the addresses of a provider whose variables are valid; those of its defaults included. */
export const urlsOf = (provider: Provider, environment: Environment): readonly URL[] =>
  urlVariablesOf(provider).flatMap((name) => {
    const { data } = provider.variables[name]!.safeParse(environment[name]?.trim() || undefined)
    const url = URL.parse(String(data))
    return url === null ? [] : [url]
  })

/** Returns the hosts of a provider with their ports, each once; nothing of a path. */
export const hostsOf = (provider: Provider, environment: Environment): readonly string[] => [
  ...new Set(urlsOf(provider, environment).map(({ host }) => host)),
]
