import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { createApiKey, hashApiKey } from '../../../src/server/auth/api-keys.ts'
import { EndableStream } from '../../../src/server/auth/credential-watch.ts'
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

/** A source that yields its values, then waits until it is ended. */
function sourceOf(values: readonly number[]) {
  const { promise, resolve } = Promise.withResolvers<IteratorResult<number>>()
  const left = [...values]
  const source = {
    isReturned: false,
    [Symbol.asyncIterator]: () => source,
    next: () => (left.length > 0 ? Promise.resolve({ done: false, value: left.shift()! } as const) : promise),
    async return() {
      source.isReturned = true
      resolve({ done: true, value: undefined })
      return { done: true, value: undefined } as const
    },
  }
  return source
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = []
  for await (const value of stream) values.push(value)
  return values
}

describe('EndableStream', () => {
  it('passes values on, and ends with its source', async () => {
    const onEnd = vi.fn()
    async function* numbers() {
      yield 1
      yield 2
    }
    expect(await collect(new EndableStream(numbers(), onEnd))).toEqual([1, 2])
    expect(onEnd).toHaveBeenCalledTimes(1)
  })

  it('gives a waiting reader the last value, then the end, and ends its source', async () => {
    const source = sourceOf([1])
    const onEnd = vi.fn()
    const stream = new EndableStream(source, onEnd)
    expect(await stream.next()).toEqual({ done: false, value: 1 })
    const next = stream.next()
    stream.endWith(99)
    stream.endWith(100)
    expect([await next, await stream.next()]).toEqual([
      { done: false, value: 99 },
      { done: true, value: undefined },
    ])
    expect(source.isReturned).toBe(true)
    expect(onEnd).toHaveBeenCalledTimes(1)
  })

  it('keeps the last value for a reader that comes later', async () => {
    const stream = new EndableStream(sourceOf([1]), () => {})
    stream.endWith(99)
    expect(await collect(stream)).toEqual([99])
  })

  it('ends its source when the reader leaves, also while it waits', async () => {
    const source = sourceOf([])
    const onEnd = vi.fn()
    const stream = new EndableStream(source, onEnd)
    const next = stream.next()
    await stream.return()
    expect(await next).toEqual({ done: true, value: undefined })
    expect([source.isReturned, onEnd.mock.calls.length]).toEqual([true, 1])
  })

  it('passes a failure on and has ended then', async () => {
    const onEnd = vi.fn()
    const stream = new EndableStream(
      { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('no')) }) },
      onEnd,
    )
    await expect(stream.next()).rejects.toThrow('no')
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect(onEnd).toHaveBeenCalledTimes(1)
  })
})

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
