import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

let folder: string
let child: ChildProcess
let url: string
let logged: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-log-level-'))
  logged = ''
})

/** Starts a gateway, and waits until it listens. */
async function start(environment: Readonly<Record<string, string>>): Promise<void> {
  child = spawn(process.execPath, [MAIN], {
    cwd: folder,
    env: { TMPDIR: folder, PORT: '0', LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    logged += text
  })
  url = await new Promise<string>((resolve, reject) => {
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      output += text
      const [, found] = /(http:\/\/127\.0\.0\.1:\d+\/graphql)/.exec(output) ?? []
      if (found) resolve(found)
    })
    child.once('close', (code) => reject(new Error(`The gateway ended with code ${code}.`)))
  })
}

afterEach(() => {
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

const lines = () =>
  logged
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

/** Sends an operation, whose id is its name. */
async function ask(name: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': name },
    body: JSON.stringify({ query: `query ${name} { __typename }` }),
  })
  expect(response.headers.get('x-request-id')).toBe(name)
}

/** Sends SIGHUP with a text in `.env`, and waits for the line that the signal makes. */
async function reload(text: string): Promise<Readonly<Record<string, unknown>>> {
  const before = lines().length
  writeFileSync(join(folder, '.env'), text)
  child.kill('SIGHUP')
  await expect.poll(() => lines().slice(before)).toContainEqual(expect.objectContaining({ level: 'warn' }))
  return lines().at(-1)
}

describe('SIGUSR2', () => {
  it('does not end a gateway of one process, and is logged', async () => {
    await start({})
    child.kill('SIGUSR2')
    await expect
      .poll(() => lines())
      .toContainEqual(expect.objectContaining({ message: 'workers not replaced', reason: 'there is one process' }))
    await ask('Later')
  })
})

describe('SIGHUP', () => {
  it('changes the level of a running gateway, which goes on answering', async () => {
    await start({})
    await ask('First')
    expect(await reload('LOG_LEVEL=info\n')).toMatchObject({ message: 'log level set', newLevel: 'info' })
    await ask('Second')
    await expect.poll(() => lines().map(({ operation }) => operation)).toContain('Second')
    expect(await reload('LOG_LEVEL=loud\n')).toMatchObject({ allowed: expect.arrayContaining(['debug', 'silent']) })
    await ask('Third')
    await expect.poll(() => lines().map(({ operation }) => operation)).toContain('Third')
    expect(await reload('')).toMatchObject({ message: 'log level set', newLevel: 'warn' })
    await ask('Fourth')
    child.kill('SIGTERM')
    await new Promise((resolve) => child.once('close', resolve))
    const operations = lines().filter(({ message }) => message === 'operation')
    expect(operations.map(({ operation, requestId }) => [operation, requestId])).toEqual([
      ['Second', 'Second'],
      ['Third', 'Third'],
    ])
  })

  it('reaches all workers, those that start later, too', async () => {
    await start({ WORKERS: '2' })
    const setLevels = () => lines().filter(({ newLevel }) => newLevel === 'info')
    await reload('LOG_LEVEL=info\n')
    // The primary process and two workers.
    await expect.poll(() => setLevels().length, { timeout: 20_000 }).toBe(3)
    child.kill('SIGUSR2')
    const count = (message: string) => lines().filter((line) => line.message === message).length
    await expect.poll(() => count('worker ended'), { timeout: 20_000 }).toBe(2)
    for (let sent = 0; sent < 4; sent++) await ask(`Later${sent}`)
    const later = () => lines().filter(({ operation }) => operation?.startsWith('Later'))
    await expect.poll(() => later().length).toBe(4)
  })
})
