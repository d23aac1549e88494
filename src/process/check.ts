import type { Environment } from '../config.ts'
import { ConfigError } from '../errors.ts'
import { createGateway, type Gateway, PROVIDERS } from '../gateway.ts'
import { createLog } from '../log.ts'
import { readProxyRules } from '../upstream/proxy-rules.ts'
import { describeCallers } from './announcement.ts'
import { loadEnvironment } from './environment.ts'
import { describeFailure } from './failure-advice.ts'
import { loadTracing } from './load-tracing.ts'
import { credentialVariablesOf, describeRoute, requiredVariablesOf, urlVariablesOf } from './provider-hosts.ts'
import { describeStartFailure } from './start-failure.ts'

/** The status with which `--check` ends the process. */
const STATUS = { works: 0, fails: 1, invalid: 2 } as const

/** A part of the check, as a line to print. */
interface Finding {
  readonly works: boolean
  readonly line: string
}

async function checkProviders(gateway: Gateway, environment: Environment): Promise<readonly Finding[]> {
  const failures = await gateway.checkProviders()
  return PROVIDERS.map((provider): Finding => {
    const failure = failures.get(provider.name)
    const variables = { urls: urlVariablesOf(provider), credentials: credentialVariablesOf(provider) }
    if (failure === undefined) {
      return {
        works: true,
        line: `${provider.name}: not configured. ${requiredVariablesOf(provider).join(', ')} would enable it.`,
      }
    }
    const reached = describeRoute(provider, environment)
    return failure === null
      ? { works: true, line: `${reached}: works. One row was read with the configured credentials.` }
      : { works: false, line: `${reached}: does not work: ${describeFailure(failure, variables)}` }
  })
}

async function checkRedis({ redis }: Gateway): Promise<readonly Finding[]> {
  if (redis === null) return []
  const code = await redis.check()
  return [
    code === null
      ? { works: true, line: 'Redis: works.' }
      : {
          works: false,
          line: `Redis: does not work (${code}). Check REDIS_URL; the gateway works without it, slower.`,
        },
  ]
}

async function checkKeySet({ config }: Gateway, environment: Environment): Promise<readonly Finding[]> {
  const { auth } = config
  if (auth.mode !== 'jwt' || !('url' in auth.keys)) return []
  const { fetchFailure } = await import('../server/auth/key-set.ts')
  const { host } = new URL(auth.keys.url)
  const failure = await fetchFailure(auth.keys.url, { findProxy: readProxyRules(environment) })
  return [
    failure === null
      ? { works: true, line: `Key set of tokens (${host}): works.` }
      : { works: false, line: `Key set of tokens (${host}): does not work (${failure}). Check JWT_JWKS_URL.` },
  ]
}

async function checkGateway(gateway: Gateway, environment: Environment): Promise<number> {
  console.log(`Configuration: valid, files included. ${describeCallers(gateway.config)}`)
  const findings = (
    await Promise.all([checkProviders(gateway, environment), checkKeySet(gateway, environment), checkRedis(gateway)])
  ).flat()
  for (const { line } of findings) console.log(line)
  if (gateway.configured.length === 0)
    console.log('Without a provider, npm start serves made-up data from its sandbox.')
  return findings.every(({ works }) => works) ? STATUS.works : STATUS.fails
}

/**
 * Reads the configuration, reaches each provider, Redis and the key set of tokens once, and prints what works and what does not.
 * @returns the exit status: 0 when all works, 1 when something does not, 2 when the configuration is invalid
 */
export async function check(): Promise<number> {
  const environment = loadEnvironment()
  const createTracing = await loadTracing(environment)
  let gateway: Gateway
  try {
    gateway = createGateway({ environment, createTracing, log: createLog('silent') })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    console.error(describeStartFailure(error))
    return STATUS.invalid
  }
  try {
    return await checkGateway(gateway, environment)
  } finally {
    await gateway.close()
  }
}
