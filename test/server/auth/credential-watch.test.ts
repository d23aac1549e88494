import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { createApiKey, hashApiKey } from '../../../src/server/auth/api-keys.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'

const folder = mkdtempSync(join(tmpdir(), 'credential-watch-'))
const file = join(folder, 'keys.json')
const key = createApiKey()
const write = (...keys: readonly object[]) => writeFileSync(file, JSON.stringify({ keys }))
const entry = { name: 'one', sha256: hashApiKey(key).toString('hex') }
afterAll(() => rmSync(folder, { recursive: true }))

let at: TestGateway | undefined
afterEach(async () => {
  await at?.close()
  at = undefined
})

const SUBSCRIPTION =
  'subscription { vobizReconciliation(period: { from: "2026-08-01", to: "2026-08-31" }) { customersDone } }'

describe('an open subscription', () => {
  it.each([
    ['is removed from the file', () => write()],
    ['is bound to accounts', () => write({ ...entry, grants: { VOBIZ: { accounts: ['MA_1'] } } })],
    ['expires', () => write({ ...entry, expiresAt: new Date(Date.now() - 1000).toISOString() })],
  ])('ends with an UNAUTHENTICATED error when its key %s, and its reads are aborted', async (_, change) => {
    write(entry)
    at = await startGateway({ environment: { AUTH_MODE: 'api-key', API_KEYS_FILE: file } })
    at.vobiz.server.fault({ kind: 'hang' })
    const response = await at.gateway.yoga.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { accept: 'text/event-stream', authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: SUBSCRIPTION }),
    })
    const text = response.text()
    const { server } = at.vobiz
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(0))
    change()
    const events = (await text).split('\n').filter((line) => /^(event|data):/.test(line))
    expect(events.map((line) => line.replace(/^data: (.*)$/, (_, json) => JSON.stringify(JSON.parse(json))))).toEqual([
      'event: next',
      JSON.stringify({
        errors: [
          {
            message: 'The credentials have expired, were changed or were withdrawn.',
            extensions: { code: 'UNAUTHENTICATED' },
          },
        ],
      }),
      'event: complete',
      'data:',
    ])
    await vi.waitFor(() => expect(server.aborted).toHaveLength(server.requests.length))
  })

  it('goes on when the file changes, and its own entry does not', async () => {
    write(entry)
    at = await startGateway({ environment: { AUTH_MODE: 'api-key', API_KEYS_FILE: file } })
    at.vobiz.server.fault({ kind: 'delay', delayMs: 2500, times: 2 })
    const answer = Promise.resolve(
      at.gateway.yoga.fetch('http://gateway.test/graphql', {
        method: 'POST',
        headers: { accept: 'text/event-stream', authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: SUBSCRIPTION }),
      }),
    ).then((response) => response.text())
    const { server } = at.vobiz
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(0))
    write({ name: 'another', sha256: hashApiKey('another').toString('hex') }, entry)
    const text = await answer
    expect(text).not.toContain('UNAUTHENTICATED')
    expect(text).toContain('"customersDone":')
  })
})
