import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseScrape } from '../metrics/support/scrape.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

let folder: string
let child: ChildProcess | null = null

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-metrics-port-'))
})
afterEach(() => {
  child?.kill('SIGKILL')
  child = null
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Starts the gateway over its sandbox. */
function start(environment: Readonly<Record<string, string>>): ChildProcess {
  child = spawn(process.execPath, [MAIN], {
    cwd: folder,
    env: { PORT: '0', TMPDIR: folder, LOG_LEVEL: 'silent', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return child
}

/** Waits for lines of the start that match, and returns what each has matched. */
async function announced({ stdout }: ChildProcess, ...patterns: readonly RegExp[]): Promise<string[]> {
  let output = ''
  for await (const chunk of stdout!.setEncoding('utf8')) {
    output += chunk
    const found = patterns.map((pattern) => pattern.exec(output)?.[1])
    if (found.every((match) => match !== undefined)) return found
  }
  throw new Error(`The gateway ended: ${output}`)
}

describe('METRICS_PORT', () => {
  it('serves the metrics of operations without authentication, and PORT serves none', async () => {
    const gateway = start({ METRICS_PORT: '0' })
    const [origin, metrics] = await announced(gateway, /(http:\/\/\S+)\/graphql/, /Metrics: (http:\/\/\S+)/)
    const answer = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ transactions(first: 1) { nodes { id } } }' }),
    })
    expect(await answer.json()).not.toHaveProperty('errors')
    const page = parseScrape(await (await fetch(metrics!)).text())
    expect(page.value('gateway_operations_total', { kind: 'query', outcome: 'ok' })).toBe(1)
    expect(page.value('gateway_connections_total')).toBe(1)
    expect(page.value('gateway_upstream_rows_total')).toBeGreaterThan(0)
    expect((await fetch(`${origin}/metrics`)).status).toBe(404)
    const { origin: scrapers } = new URL(metrics!)
    expect((await fetch(`${scrapers}/ready`)).status).toBe(200)
    expect((await fetch(`${scrapers}/graphql`)).status).toBe(404)
    gateway.kill('SIGTERM')
    expect(await once(gateway, 'close')).toEqual([0, null])
  })

  it('ends the start when the port is in use', async () => {
    const occupant = createServer().listen(0, '127.0.0.1')
    await once(occupant, 'listening')
    const { port } = occupant.address() as AddressInfo
    try {
      const gateway = start({ METRICS_PORT: String(port) })
      const [errors, [code]] = await Promise.all([text(gateway.stderr!), once(gateway, 'close')])
      expect({ code, errors }).toEqual({
        code: 1,
        errors: `Cannot listen on 127.0.0.1:${port}: the port is in use; set METRICS_PORT to another one.\n`,
      })
    } finally {
      occupant.close()
    }
  })
})
