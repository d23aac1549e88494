import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CLIENT } from './data/kobble.ts'
import { PARTNER } from './data/vobiz.ts'
import type { Target } from './load/prepare.ts'
import { type BenchProcess, benchFile, type ProcessOptions, startProcess } from './process/parent.ts'
import { BASE_PATHS } from './upstream/routes.ts'

export const SERVER_NAMES = ['floor', 'textbook', 'gateway', 'other'] as const

export type ServerName = (typeof SERVER_NAMES)[number]

/** A server under test that runs. */
export interface RunningServer {
  readonly target: Target
  readonly process: BenchProcess
}

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Limits of one caller within a minute. They stay on, so that their work is measured, but do not end a benchmark. */
const UNREACHED_LIMITS = { RATE_LIMIT_PER_MINUTE: '10000000', RATE_LIMIT_COST_PER_MINUTE: '999999999' }

/** Returns the environment that connects a gateway to the upstream. All other settings are the defaults. */
function gatewayEnvironment(upstream: string): Record<string, string> {
  return {
    PORT: '0',
    VOBIZ_BASE_URL: upstream + BASE_PATHS.vobiz,
    VOBIZ_AUTH_ID: PARTNER.authId,
    VOBIZ_AUTH_TOKEN: PARTNER.token,
    KOBBLE_BASE_URL: upstream + BASE_PATHS.kobble,
    KOBBLE_TOKEN_URL: `${upstream}${BASE_PATHS.kobble}/token`,
    KOBBLE_CLIENT_ID: CLIENT.id,
    KOBBLE_CLIENT_SECRET: CLIENT.secret,
    ...UNREACHED_LIMITS,
  }
}

/** Returns how a server is started, but for the processors. */
function optionsOf(name: ServerName, upstream: string, other: string | null): Omit<ProcessOptions, 'processors'> {
  const gateway = (folder: string) =>
    ({
      name,
      main: join(folder, 'src/main.ts'),
      environment: gatewayEnvironment(upstream),
      isMeasured: true,
      ready: 'address',
    }) as const
  if (name === 'gateway') return gateway(ROOT)
  if (name === 'other') return gateway(resolve(other ?? ''))
  const main = benchFile(name === 'floor' ? 'floor.ts' : 'textbook/main.ts')
  return { name, main, environment: { UPSTREAM: upstream }, isMeasured: true, ready: 'port' }
}

/**
 * Starts a server under test.
 *
 * @param other folder of another checkout of this project, whose gateway is the server `other`
 */
export async function startServer(
  name: ServerName,
  options: { readonly upstream: string; readonly other: string | null; readonly processors: string | null },
): Promise<RunningServer> {
  const { upstream, other, processors } = options
  const process = await startProcess({ ...optionsOf(name, upstream, other), processors })
  return { target: { name, kind: name === 'floor' ? 'floor' : 'graphql', origin: process.origin }, process }
}
