import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { prefixesOf } from '../../src/config/unknown-variables.ts'
import { findUnknownVariables, variables } from '../../src/config.ts'
import { PROVIDERS } from '../../src/gateway.ts'

const KNOWN = [variables.shape, ...PROVIDERS.map((provider) => provider.variables)].flatMap(Object.keys)

/** Returns the known name that the report of a variable suggests; null when the variable is not reported. */
function suggestionFor(name: string, others: Readonly<Record<string, string>> = {}): string | null {
  const lines = findUnknownVariables({ [name]: 'hunter2', ...others }, KNOWN)
  expect(lines.length).toBeLessThanOrEqual(1)
  expect(lines.join()).not.toContain('hunter2')
  return (
    lines.map((line) => /^(\w+): unknown variable, the nearest known one is (\w+);/.exec(line)?.[2] ?? line)[0] ?? null
  )
}

describe('prefixesOf()', () => {
  it('returns the words that begin at least two names', () => {
    expect(prefixesOf(['HOST', 'LOG_LEVEL', 'JWT_ISSUER', 'JWT_AUDIENCE', 'A_B', 'A_B_C', 'X_Y_Z1', 'X_Y_Z2'])).toEqual(
      ['JWT_', 'A_B_', 'X_Y_'],
    )
  })

  it('finds those of the gateway and of each provider', () => {
    const prefixes = prefixesOf(KNOWN)
    expect(prefixes).toEqual(
      expect.arrayContaining(['JWT_', 'MAX_', 'RATE_LIMIT_', 'PERSISTED_DOCUMENTS_', 'UPSTREAM_']),
    )
    expect(prefixes).toEqual(expect.arrayContaining(PROVIDERS.map(({ name }) => `${name}_`)))
  })

  it('finds those that docs/configuration.md lists', () => {
    const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
    const [, list] = /at least two variables begin: ([^.]*), and the name of each provider\./.exec(page) ?? []
    const listed = [...list!.matchAll(/`(\w+_)`/g)].map(([, prefix]) => prefix)
    const ofProviders = PROVIDERS.map(({ name }) => `${name}_`)
    expect([...listed, ...ofProviders].sort()).toEqual([...prefixesOf(KNOWN)].sort())
  })
})

describe('findUnknownVariables()', () => {
  it.each([
    ['VOBIZ_AUTHID', 'VOBIZ_AUTH_ID'],
    ['VOBIZ_TOKEN', 'VOBIZ_AUTH_TOKEN'],
    ['KOBBLE_CLIENTSECRET', 'KOBBLE_CLIENT_SECRET'],
    ['KOBBLE_URL', 'KOBBLE_BASE_URL'],
    ['JWT_ISUER', 'JWT_ISSUER'],
    ['JWT_JWKS_URI', 'JWT_JWKS_URL'],
    ['MAX_DEPHT', 'MAX_DEPTH'],
    ['MAX_ALIAS', 'MAX_ALIASES'],
    ['RATE_LIMIT_PER_MIN', 'RATE_LIMIT_PER_MINUTE'],
  ])('reports %s, which begins with a prefix of the gateway, with %s', (name, nearest) => {
    expect(suggestionFor(name)).toBe(nearest)
  })

  it.each([
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['INTROSPECTON', 'INTROSPECTION'],
    ['UPSTREAM_TIMEOUT', 'UPSTREAM_TIMEOUT_MS'],
    ['API_KEY_FILE', 'API_KEYS_FILE'],
    ['ALLOWED_HOST', 'ALLOWED_HOSTS'],
    ['vobiz_auth_id', 'VOBIZ_AUTH_ID'],
  ])('reports %s, which is nearly %s', (name, nearest) => {
    expect(suggestionFor(name)).toBe(nearest)
  })

  it.each([
    ...['PATH', 'HOME', 'HOSTNAME', 'HTTP_PROXY', 'NODE_ENV', 'TMPDIR', 'LOG_FORMAT', 'AUTH_SECRET', 'API_URL'],
    ...['npm_config_cache', 'PORTS', 'READ_ONLY', 'MAXIMUM', 'WALKS', 'SSL_CERT_FILE'],
  ])('takes %s for a variable of other software', (name) => {
    expect(suggestionFor(name)).toBeNull()
  })

  it('does not report the names that Kubernetes adds for a service', () => {
    const links = ['SERVICE_HOST', 'SERVICE_PORT', 'SERVICE_PORT_HTTPS', 'PORT_443_TCP', 'PORT_443_TCP_ADDR']
    expect(links.map((link) => suggestionFor(`VOBIZ_${link}`))).toEqual(links.map(() => null))
    expect(findUnknownVariables({ VOBIZ_PORT: 'tcp://10.0.0.1:443' }, KNOWN)).toEqual([])
    expect(suggestionFor('VOBIZ_PORTS')).not.toBeNull()
  })

  it('reports a port whose value is not an address of Kubernetes', () => {
    expect(findUnknownVariables({ METRIC_PORT: '9464' }, KNOWN)).toEqual([
      expect.stringMatching(/^METRIC_PORT: unknown variable, the nearest known one is METRICS_PORT;/),
    ])
  })

  it('does not report the names that systemd adds for the folders of a unit', () => {
    const folders = ['CACHE', 'CONFIGURATION', 'CREDENTIALS', 'LOGS', 'RUNTIME', 'STATE']
    expect(folders.map((folder) => suggestionFor(`${folder}_DIRECTORY`))).toEqual(folders.map(() => null))
    expect(suggestionFor('CACHE_DIRECTORIES')).toMatch(/^CACHE_/)
  })

  it('reports no name of the OpenTelemetry specification, however near it is', () => {
    const known = ['OTEL_ONE_NAME', 'OTEL_OTHER_NAME']
    expect(findUnknownVariables({ OTEL_TRACES_EXPORTER: 'otlp', OTEL_ONE_NAMES: 'x' }, known)).toEqual([])
  })

  it('does not report names in IGNORED_VARIABLES', () => {
    expect(suggestionFor('MAX_JOBS')).toMatch(/^MAX_/)
    expect(suggestionFor('MAX_JOBS', { IGNORED_VARIABLES: 'JWT_SECRET, MAX_JOBS' })).toBeNull()
    expect(suggestionFor('MAX_JOBS', { IGNORED_VARIABLES: 'JWT_SECRET' })).toMatch(/^MAX_/)
  })

  it('counts a blank variable as unset, and reports no known one', () => {
    expect(findUnknownVariables({ VOBIZ_AUTHID: ' ', MAX_JOBS: '' }, KNOWN)).toEqual([])
    expect(findUnknownVariables(Object.fromEntries(KNOWN.map((name) => [name, 'x'])), KNOWN)).toEqual([])
  })
})
