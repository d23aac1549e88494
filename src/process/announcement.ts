import type { RunningSandboxes } from '../gateway/sandboxes.ts'
import { type Gateway, PROVIDERS } from '../gateway.ts'

/**
 * Returns the lines that the process prints on standard output once it listens.
 *
 * @param origin scheme, host and port of the gateway
 * @param sandbox null when a provider is configured
 * @param scrapers scheme, host and port of the listener for scrapers; null without one
 */
export function describeStart(
  { config, configured }: Gateway,
  origin: string,
  sandbox: Pick<RunningSandboxes, 'lines'> | null,
  scrapers: string | null,
): readonly string[] {
  return [
    `${config.graphiql ? 'GraphQL and GraphiQL' : 'GraphQL'}: ${origin}/graphql`,
    ...(scrapers === null ? [] : [`Metrics: ${scrapers}/metrics`]),
    ...(sandbox !== null
      ? [
          ...sandbox.lines,
          'Connect real accounts with these variables:',
          ...PROVIDERS.map(({ name, variables }) => `  ${name}: ${Object.keys(variables).join(', ')}`),
        ]
      : [`Providers: ${configured.join(', ')}`]),
  ]
}
