import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-ports.ts'

/** The path of Debian's package. */
const REDIS_SERVER = '/usr/bin/redis-server'

/** The reason why tests with Redis are skipped; null when they run. In CI they fail without Redis. */
export const whyNoRedis: string | null =
  existsSync(REDIS_SERVER) || process.env.CI ? null : `there is no Redis at ${REDIS_SERVER}`

/** A Redis of its own, which keeps nothing on disk. */
export interface TestRedis {
  readonly url: string
  /** Sends a command as words, and returns the answer as text. */
  command(...words: readonly string[]): Promise<string>
  /** Ends the process; connections to it are then refused. */
  stop(): Promise<void>
  /** Ends the process at once, even while it is frozen. */
  kill(): Promise<void>
  /** Starts it again on the same port, empty. */
  start(): Promise<void>
  /** Stops it from answering; connections stay open. */
  freeze(): void
  unfreeze(): void
}

/** Sends one command on a connection of its own. Rejects when nothing listens. */
function sendCommand(port: number, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (text) => {
      answer += text
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(answer))
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
    socket.write(`*${words.length}\r\n${parts.join('')}*1\r\n$4\r\nQUIT\r\n`)
  })
}

async function waitUntilAnswering(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await sendCommand(port, ['PING']).catch(() => '')
    if (answer.startsWith('+PONG')) return
    await sleep(25)
  }
  throw new Error('Redis does not answer.')
}

/** Starts Redis on a free port. */
export async function startRedis(...options: readonly string[]): Promise<TestRedis> {
  const port = await freePort()
  let child: ChildProcess | null = null
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill(signal)
    await closed
  }
  const redis: TestRedis = {
    url: `redis://127.0.0.1:${port}`,
    command: (...words) => sendCommand(port, words),
    async start() {
      const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...options]
      child = spawn(REDIS_SERVER, settings, { stdio: 'ignore' })
      await waitUntilAnswering(port)
    },
    async stop() {
      child?.kill('SIGCONT')
      await end('SIGTERM')
    },
    kill: () => end('SIGKILL'),
    freeze: () => child?.kill('SIGSTOP'),
    unfreeze: () => child?.kill('SIGCONT'),
  }
  await redis.start()
  return redis
}
