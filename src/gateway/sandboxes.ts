import type { Config, Environment } from '../config.ts'
import { ConfigError } from '../errors.ts'
import type { Provider } from '../providers/provider.ts'
import type { Failure } from '../sandbox/failures.ts'
import type { Sandbox } from '../sandbox/server.ts'

/** Interval at which an entry arrives in the sandbox. */
const GROWTH_MS = 15_000

/** The sandboxes of all providers. */
export interface RunningSandboxes {
  /** The variables that point the gateway at them. */
  readonly environment: Environment
  /** The lines of the start that are about them. */
  readonly lines: readonly string[]
  close(): Promise<void>
}

/**
 * Parses the failures of `SANDBOX_FAIL`, by provider.
 * @throws {ConfigError} when a provider does not exist, or when its failure is none
 */
async function parseFailures(providers: readonly Provider[], given: Config['sandboxFailures']) {
  const { parseFailure } = await import('../sandbox/failures.ts')
  const names = providers.map(({ name }) => name)
  const failures = new Map<string, Failure>()
  for (const [name, text] of given) {
    const failure = parseFailure(text)
    if (failure === null || !names.includes(name)) {
      const forms = ['', ':503', ':timeout', ':slow'].map((ending) => `${names[0]}${ending}`).join(', ')
      throw new ConfigError([
        `SANDBOX_FAIL: expected ${forms}, with commas between them; names are ${names.join(', ')}`,
      ])
    }
    failures.set(name, failure)
  }
  return failures
}

function describeSandboxes(sandboxes: ReadonlyMap<string, Sandbox>, controlUrl: string): string[] {
  const [name] = sandboxes.keys()
  return [
    'This is the sandbox: all data is made up, and a new entry arrives every 15 seconds.',
    'Its providers, with made-up credentials:',
    ...[...sandboxes].map(([provider, { environment }]) => {
      const variables = Object.entries(environment).map(([variable, value]) => `${variable}=${value}`)
      return `  ${provider}: ${variables.join(' ')}`
    }),
    'Make one of them fail, with a status, timeout or slow, and work again with ok:',
    `  curl -X PUT -d 503 ${controlUrl}/${name}`,
    `  curl -X PUT -d ok ${controlUrl}/${name}`,
  ]
}

/**
 * Starts every provider's sandbox, lets its ledger grow, and starts the server that makes it fail.
 * @throws {ConfigError} when `SANDBOX_FAIL` cannot be used
 */
export async function startSandboxes(
  providers: readonly Provider[],
  { sandboxFailures }: Config,
): Promise<RunningSandboxes> {
  const failures = await parseFailures(providers, sandboxFailures)
  // Loaded only when the sandbox is used, for a faster start.
  const { startControl } = await import('../sandbox/control.ts')
  const until = Date.now()
  const sandboxes = new Map(
    await Promise.all(
      providers.map(async (provider) => [provider.name, await provider.startSandbox({ until })] as const),
    ),
  )
  const control = await startControl(sandboxes, failures)
  const growing = [...sandboxes.values()]
  let next = 0
  const growth = setInterval(() => growing[next++ % growing.length]?.grow(Date.now()), GROWTH_MS).unref()
  return {
    environment: Object.assign({}, ...growing.map(({ environment }) => environment)),
    lines: describeSandboxes(sandboxes, control.url),
    async close() {
      clearInterval(growth)
      await Promise.all([control.close(), ...growing.map((sandbox) => sandbox.close())])
    },
  }
}
