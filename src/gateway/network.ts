import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, getCACertificates } from 'node:tls'
import type { ClientCertificateSettings, Config, Environment } from '../config.ts'
import { ConfigError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { ClientCertificate, NetworkSettings } from '../upstream/dispatcher.ts'
import { readProxyRules } from '../upstream/proxy-rules.ts'

/**
 * Reads how upstreams are reached: proxies and client certificates.
 * @param providers names of all providers
 * @throws {ConfigError} with a line for each variable that cannot be used
 */
export function readNetwork(
  { clientCertificate }: Config,
  environment: Environment,
  providers: readonly string[],
): NetworkSettings {
  const findProxy = readProxyRules(environment)
  if (clientCertificate === null) return { findProxy, findCertificate: () => null }
  const { providers: receivers } = clientCertificate
  if (receivers?.some((name) => !providers.includes(name))) {
    throw new ConfigError([
      `UPSTREAM_CLIENT_CERT_PROVIDERS: expected names of providers with commas between them; names are ${providers.join(', ')}`,
    ])
  }
  const certificate = readClientCertificate(clientCertificate)
  return {
    findProxy,
    findCertificate: (provider) => (receivers === null || receivers.includes(provider) ? certificate : null),
  }
}

function readClientCertificate({ certFile, keyFile }: ClientCertificateSettings): ClientCertificate {
  const cert = readPem('UPSTREAM_CLIENT_CERT_FILE', certFile)
  const key = readPem('UPSTREAM_CLIENT_KEY_FILE', keyFile)
  expectUsable('UPSTREAM_CLIENT_CERT_FILE', 'a PEM file with a certificate', () => new X509Certificate(cert))
  const usableKey = 'a PEM file with a private key without a passphrase'
  expectUsable('UPSTREAM_CLIENT_KEY_FILE', usableKey, () => createPrivateKey(key))
  const ownKey = 'the private key of UPSTREAM_CLIENT_CERT_FILE'
  expectUsable('UPSTREAM_CLIENT_KEY_FILE', ownKey, () => createSecureContext({ cert, key }))
  return { cert, key }
}

function readPem(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
    throw new ConfigError([`${variable}: the file cannot be read${code}`])
  }
}

/** @throws {ConfigError} when OpenSSL rejects what was read; without its text, which could quote the file */
function expectUsable(variable: string, expected: string, use: () => void): void {
  try {
    use()
  } catch {
    throw new ConfigError([`${variable}: expected ${expected}`])
  }
}

/**
 * Logs a warning when NODE_EXTRA_CA_CERTS has no effect: Node reads it before the gateway runs, so neither from `.env` nor from a file of
 * `--env-file`.
 */
export function warnAboutIgnoredCertificates(environment: Environment, log: Log): void {
  if (!environment.NODE_EXTRA_CA_CERTS?.trim() || getCACertificates('extra').length > 0) return
  log.warn(
    'NODE_EXTRA_CA_CERTS has no effect: Node loaded no certificate from it. It must name a readable PEM file, in the environment of the process; in .env it comes too late',
  )
}
