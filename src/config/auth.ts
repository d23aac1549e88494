import { isLoopback } from '../upstream/host.ts'
import type { Environment } from './environment.ts'
import type { AuthSettings } from './settings.ts'
import type { VariableValues } from './variables.ts'

/** Value of JWT_GRANTS_CLAIM which means that tokens hold no grants. */
const NO_CLAIM = '*'

/** Returns an issue for each authentication variable that is missing, or that has no effect, given the other variables. */
export function findAuthIssues(given: Environment): string[] {
  const missing = (name: string, expected: string) =>
    given[name] === undefined ? [`${name}: expected ${expected}`] : []
  switch (given.AUTH_MODE) {
    case undefined: {
      const unused = Object.keys(given).find((name) => /^(API_KEYS|JWT)_/.test(name) && given[name] !== undefined)
      if (unused !== undefined) return [`AUTH_MODE: must be set when ${unused} is set, which has no effect without it`]
      if (given.HOST === undefined || isLoopback(given.HOST)) return []
      return [
        'AUTH_MODE: must be set when HOST is reachable from other machines; AUTH_MODE=none accepts everybody who can connect',
      ]
    }
    case 'api-key':
      return missing('API_KEYS_FILE', 'the path of a file with keys')
    case 'jwt':
      return [
        ...((given.JWT_JWKS_URL === undefined) === (given.JWT_PUBLIC_KEY_FILE === undefined)
          ? ['JWT_JWKS_URL: expected a value for this or for JWT_PUBLIC_KEY_FILE, and not for both']
          : []),
        ...missing('JWT_ISSUER', 'the issuer of the tokens (claim iss)'),
        ...missing('JWT_AUDIENCE', 'the audience of the tokens, which names this gateway (claim aud)'),
      ]
    default:
      return []
  }
}

/** Builds the settings of AUTH_MODE; call it only when {@link findAuthIssues} returned none. */
export function buildAuthSettings(values: VariableValues): AuthSettings {
  const required = (value: string | undefined) => value ?? ''
  switch (values.AUTH_MODE) {
    case 'api-key':
      return { mode: 'api-key', keysFile: required(values.API_KEYS_FILE) }
    case 'jwt':
      return {
        mode: 'jwt',
        keys:
          values.JWT_JWKS_URL === undefined
            ? { file: required(values.JWT_PUBLIC_KEY_FILE) }
            : { url: values.JWT_JWKS_URL },
        issuer: required(values.JWT_ISSUER),
        audience: required(values.JWT_AUDIENCE),
        clockSkewS: values.JWT_CLOCK_SKEW_S,
        maxLifetimeS: values.JWT_MAX_LIFETIME_S,
        grantsClaim: values.JWT_GRANTS_CLAIM === NO_CLAIM ? null : values.JWT_GRANTS_CLAIM,
      }
    default:
      return { mode: 'none' }
  }
}
