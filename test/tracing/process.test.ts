import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createVobizSandbox, type VobizSandbox } from '../../src/providers/vobiz/sandbox/index.ts'
import { type Collector, startCollector } from './support/collector.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const SECRET = 'hunter2-canary'
const SERVER = 2

let folder: string
let vobiz: VobizSandbox
let collector: Collector

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-traces-'))
  vobiz = await createVobizSandbox()
})
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(() => collector.close())
afterAll(async () => {
  await vobiz.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The end of a process. */
interface ProcessEnd {
  readonly code: number | null
  /** Everything that it has written. */
  readonly output: string
  /** From SIGTERM on. */
  readonly stopMs: number
}

/** Starts the gateway, sends it one operation, and stops it with SIGTERM. */
async function runOnce(variables: Readonly<Record<string, string>>): Promise<ProcessEnd> {
  const child = spawn(process.execPath, [MAIN], {
    cwd: folder,
    env: { PATH: process.env.PATH, TMPDIR: folder, PORT: '0', ...vobiz.environment, ...variables },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  try {
    const addressOf = () => /(http:\/\/127\.0\.0\.1:\d+)\/graphql/.exec(output)?.[1]
    await expect.poll(addressOf, { timeout: 20_000 }).toBeDefined()
    const response = await fetch(`${addressOf()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'query Newest { vobizTransactions(first: 3) { nodes { id } } }' }),
    })
    expect(await response.json()).toMatchObject({ data: { vobizTransactions: { nodes: { length: 3 } } } })
    const stoppedAt = performance.now()
    child.kill('SIGTERM')
    const code = await ended
    return { code, output, stopMs: performance.now() - stoppedAt }
  } finally {
    child.kill('SIGKILL')
  }
}

describe('the process', () => {
  it('sends its traces to the collector before it ends', async () => {
    const { code, output } = await runOnce({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${SECRET}`,
      OTEL_BSP_SCHEDULE_DELAY: '600000',
    })
    expect(code).toBe(0)
    expect(collector.headers[0]).toMatchObject({ authorization: SECRET })
    const operation = collector.spans().find(({ kind }) => kind === SERVER)
    expect(operation).toMatchObject({ name: 'query', attributes: { 'graphql.operation.name': 'Newest' } })
    const requests = collector.spans().filter(({ parentSpanId }) => parentSpanId === operation?.spanId)
    expect(requests.map(({ name }) => name)).toEqual(['VOBIZ listTransactions'])
    expect(output).not.toContain(SECRET)
  })

  it('ends in time with status 0 when the collector does not answer', async () => {
    collector.answer = 'never'
    const { code, output, stopMs } = await runOnce({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      SHUTDOWN_TIMEOUT_S: '8',
    })
    expect(code).toBe(0)
    expect(stopMs).toBeLessThan(8000)
    expect(output).toContain('the last traces could not be exported in time')
  })

  it('does not start with variables of traces that cannot be used, and names all of them', async () => {
    const child = spawn(process.execPath, [MAIN], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        TMPDIR: folder,
        PORT: 'hunter2',
        OTEL_TRACES_EXPORTER: SECRET,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    expect(await new Promise((resolve) => child.once('close', resolve))).not.toBe(0)
    for (const name of ['PORT', 'OTEL_TRACES_EXPORTER', 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
      expect(output).toContain(`  ${name}: expected`)
    }
    expect(output).not.toContain(SECRET)
  })
})
