import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Listening, Reply } from './messages.ts'

const PROBE = new URL('probe.ts', import.meta.url).href
/** Time in which a process must start, and stop. */
const START_MS = 60_000
const STOP_MS = 10_000
/** File in the folder of a process that receives its standard error. */
const ERRORS = 'errors.log'
/** Characters of a process's output that are shown when it fails. */
const SHOWN_OUTPUT = 4_000

/** A process of the benchmark. */
export interface BenchProcess {
  /** `http://127.0.0.1:<port>`; empty for a process that does not listen. */
  readonly origin: string
  /**
   * Calls a function of the process.
   * @throws with the stack of the process when the function throws, or when the process has ended
   */
  call<Result = void>(name: string, argument?: unknown): Promise<Result>
  /** Returns the end of what the process has written to standard error. */
  errorOutput(): string
  stop(): Promise<void>
}

export interface ProcessOptions {
  readonly name: string
  /** Absolute path of its main module. */
  readonly main: string
  readonly environment: Readonly<Record<string, string>>
  /** Processors to pin it to; null for all. */
  readonly processors: string | null
  /** Loads the probe into it, which measures it. */
  readonly isMeasured: boolean
  /**
   * How the process shows that it is ready: it reports its port, it prints an address (the gateway), or it needs no time.
   */
  readonly ready: 'port' | 'address' | 'at-once'
}

export const benchFile = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

class Calls {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  #next = 0
  #ended: Error | null = null

  constructor(name: string, child: ChildProcess) {
    this.#name = name
    this.#child = child
    child.on('message', (message: Reply | Listening) => {
      if ('id' in message) this.#settle(message)
    })
  }

  send<Result>(name: string, argument: unknown): Promise<Result> {
    if (this.#ended) return Promise.reject(this.#ended)
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.#child.send({ id, name, argument })
    })
  }

  end(error: Error): void {
    this.#ended = error
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }

  #settle({ id, result, error }: Reply): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (error === undefined) pending?.resolve(result)
    else pending?.reject(new Error(`${this.#name}: ${error}`))
  }
}

function start({ main, environment, processors, isMeasured }: ProcessOptions, folder: string): ChildProcess {
  const errors = openSync(join(folder, ERRORS), 'w')
  const command = [process.execPath, ...(isMeasured ? ['--import', PROBE] : []), main]
  const [file = '', ...args] = processors === null ? command : ['taskset', '-c', processors, ...command]
  const child = spawn(file, args, {
    // An empty folder has no `.env`, so that only these variables count.
    cwd: folder,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', errors, 'ipc'],
    serialization: 'advanced',
  })
  closeSync(errors)
  return child
}

/** Resolves with the origin on which the process listens. */
function untilReady(child: ChildProcess, { ready }: ProcessOptions): Promise<string> {
  return new Promise((resolve) => {
    if (ready === 'at-once') resolve('')
    child.on('message', (message: Reply | Listening) => {
      if ('port' in message) resolve(`http://127.0.0.1:${message.port}`)
    })
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (ready !== 'address') return
      output += text
      const [, origin] = /(http:\/\/127\.0\.0\.1:\d+)\/graphql/.exec(output) ?? []
      if (origin !== undefined) resolve(origin)
    })
  })
}

/** Ends a process, by force when it does not end by itself. */
async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  child.kill('SIGTERM')
  await ended
  clearTimeout(force)
}

/**
 * Starts a process and waits until it is ready.
 * @throws with the end of its output when it stops before that
 */
export async function startProcess(options: ProcessOptions): Promise<BenchProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'))
  const child = start(options, folder)
  const calls = new Calls(options.name, child)
  const stop = async () => {
    await stopChild(child)
    rmSync(folder, { recursive: true, force: true })
  }
  const errorOutput = () => readFileSync(join(folder, ERRORS), 'utf8').slice(-SHOWN_OUTPUT)
  let timer: NodeJS.Timeout | undefined
  const failed = new Promise<never>((_, reject) => {
    const fail = (reason: string) => {
      const error = new Error(`${options.name} ${reason}.\n${errorOutput()}`)
      calls.end(error)
      reject(error)
    }
    child.once('exit', (code, signal) => fail(`ended (${signal ?? `exit code ${code}`})`))
    child.once('error', (error) => fail(`could not be started: ${error.message}`))
    timer = setTimeout(fail, START_MS, 'was not ready in time')
  })
  // After the start, a failure is reported by the calls that wait for the process.
  failed.catch(() => {})
  try {
    const origin = await Promise.race([untilReady(child, options), failed])
    return { origin, call: (name, argument) => calls.send(name, argument), errorOutput, stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(timer)
  }
}
