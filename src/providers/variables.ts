import { z } from 'zod'
import type { Environment, VariableSchemas } from '../config.ts'
import { ConfigError } from '../errors.ts'
import { unencryptedUrls } from '../upstream/base-url.ts'

export interface VariableOptions<Name> {
  /** Variables that hold the URL of an upstream. They must be encrypted, except on loopback. */
  readonly urls: readonly Name[]
  /** Variables that do not enable the provider when nothing else is set. */
  readonly settings?: readonly Name[]
}

/**
 * Reads a provider's environment variables. A blank one counts as unset.
 *
 * @returns the values by name; null when the provider is disabled because none of its variables is set
 * @throws {ConfigError} with a line for each variable that is missing or malformed, or an unencrypted URL
 */
export function readVariables<Shape extends VariableSchemas>(
  variables: Shape,
  environment: Environment,
  { urls, settings = [] }: VariableOptions<keyof Shape & string>,
): { readonly [Name in keyof Shape]: z.output<Shape[Name]> } | null {
  const given = Object.keys(variables).map((name) => [name, environment[name]?.trim() || undefined] as const)
  const [enabling] = given.find(([name, value]) => value !== undefined && !settings.includes(name)) ?? []
  if (enabling === undefined) return null
  const { success, data, error } = z.object(variables).safeParse(Object.fromEntries(given))
  if (!success) {
    const missing = new Set(given.flatMap(([name, value]) => (value === undefined ? [name] : [])))
    throw new ConfigError(
      error.issues.map(({ path, message }) => {
        const name = path.join('.')
        return missing.has(name) ? `${name} is not set, but ${enabling} is: ${message}` : `${name}: ${message}`
      }),
    )
  }
  const values = data as { readonly [Name in keyof Shape]: z.output<Shape[Name]> }
  const unencrypted = unencryptedUrls(Object.fromEntries(urls.map((name) => [name, String(values[name])])), environment)
  if (unencrypted.length > 0) throw new ConfigError(unencrypted)
  return values
}
