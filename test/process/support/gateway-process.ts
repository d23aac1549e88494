import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))

export type LogLine = Readonly<Record<string, unknown>>

/** A gateway in a process of its own. */
export interface GatewayProcess {
  readonly pid: number
  /** What it has written to standard output and standard error. */
  readonly out: () => string
  readonly err: () => string
  /** The lines of its log with a message. */
  logged(message: string): readonly LogLine[]
  /** Resolves with scheme, host and port once it listens. */
  readonly origin: Promise<string>
  kill(signal: NodeJS.Signals): void
  /** Resolves with the exit status; null after a signal. */
  readonly ended: Promise<number | null>
}

/** Starts `node src/main.ts` in an environment that holds nothing else, with the working folder given. */
export function startProcess(
  folder: string,
  environment: Readonly<Record<string, string>>,
  options: { readonly nodeArguments?: readonly string[]; readonly args?: readonly string[] } = {},
): GatewayProcess {
  const { nodeArguments = [], args = [] } = options
  const child = spawn(process.execPath, [...nodeArguments, MAIN, ...args], {
    cwd: folder,
    env: { PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { out: '', err: '' }
  const found = Promise.withResolvers<string>()
  child.stdout.setEncoding('utf8').on('data', (text) => {
    written.out += text
    const [, origin] = /(http:\/\/127\.0\.0\.1:\d+)\/graphql/.exec(written.out) ?? []
    if (origin !== undefined) found.resolve(origin)
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    written.err += text
  })
  const ended = once(child, 'close').then(([code]) => {
    found.reject(new Error(`The gateway ended with status ${code}: ${written.err}`))
    return code as number | null
  })
  // Not every test waits for it.
  found.promise.catch(() => {})
  return {
    pid: child.pid!,
    out: () => written.out,
    err: () => written.err,
    logged: (message) =>
      written.err
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => JSON.parse(line))
        .filter((line) => line.message === message),
    origin: found.promise,
    kill: (signal) => void child.kill(signal),
    ended,
  }
}

/** Returns true while a process exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Resolves once the process is ready for traffic. */
export const ready = (origin: string) =>
  expect.poll(async () => (await fetch(`${origin}/ready`)).status, { timeout: 60_000 }).toBe(200)
