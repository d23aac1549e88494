import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OperationTimeoutError } from '../../../src/errors.ts'
import { createLifetime } from '../../../src/server/limits/operation-lifetime.ts'
import { RunningOperations } from '../../../src/server/running-operations.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'

let at: TestGateway
const unhandled = vi.fn()

beforeEach(() => {
  process.on('unhandledRejection', unhandled)
})
afterEach(async () => {
  await at?.close()
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
  unhandled.mockClear()
})

describe('createLifetime()', () => {
  it('aborts with the reason of the request when the caller disconnects', () => {
    const request = new AbortController()
    const lifetime = createLifetime(request.signal, new RunningOperations())
    lifetime.start(null)
    const reason = new Error('gone')
    request.abort(reason)
    expect(lifetime.signal.reason).toBe(reason)
  })

  it('ends at once when the caller disconnected before it began', () => {
    const lifetime = createLifetime(AbortSignal.abort(), new RunningOperations())
    lifetime.start(1000)
    expect(lifetime.signal.aborted).toBe(true)
  })

  it('aborts with an OperationTimeoutError at its deadline, and not after it has ended', () => {
    vi.useFakeTimers()
    try {
      const [late, ended] = [
        createLifetime(new AbortController().signal, new RunningOperations()),
        createLifetime(new AbortController().signal, new RunningOperations()),
      ]
      for (const lifetime of [late, ended]) lifetime.start(1000)
      vi.advanceTimersByTime(999)
      expect(late.signal.aborted).toBe(false)
      ended.end()
      vi.advanceTimersByTime(1)
      expect(late.signal.reason).toBeInstanceOf(OperationTimeoutError)
      expect(ended.signal.reason).toMatchObject({ name: 'AbortError' })
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('leaves no listener on the signal of the request', () => {
    const { signal } = new AbortController()
    const add = vi.spyOn(signal, 'addEventListener')
    const remove = vi.spyOn(signal, 'removeEventListener')
    const lifetime = createLifetime(signal, new RunningOperations())
    lifetime.start(1000)
    lifetime.end()
    expect([add.mock.calls.length, remove.mock.calls.length]).toEqual([1, 1])
  })
})

describe('OPERATION_TIMEOUT_MS', () => {
  it('aborts the reads of a query, fails their fields, and keeps earlier results', async () => {
    at = await startGateway({ environment: { OPERATION_TIMEOUT_MS: '1000' } })
    const { id } = at.kobble.entries[0]!
    at.kobble.api.fault({ kind: 'hang', on: ({ path }) => path.endsWith('/made-up') })
    const { data, errors } = await at.query(
      `{ read: kobbleTransaction(providerId: "${id}") { asset } late: kobbleTransaction(providerId: "made-up") { asset } }`,
    )
    expect(data).toEqual({ read: { asset: 'AUD' }, late: null })
    expect(errors).toMatchObject([
      {
        path: ['late'],
        message: 'The operation took longer than the 1000 ms allowed. Ask for less, or in several operations.',
        extensions: { code: 'OPERATION_TIMEOUT', timeoutMs: 1000 },
      },
    ])
    await vi.waitFor(() => expect(at.kobble.api.aborted).toHaveLength(1))
  })
})

describe('an operation that is answered', () => {
  it('aborts its running reads and leaves no timers or listeners', async () => {
    at = await startGateway()
    // With a cached token, requests are sent at once.
    await at.ask('{ kobbleTransactions(first: 1) { nodes { id } } }')
    const { length: sent } = at.kobble.api.requests
    at.kobble.api.fault({ kind: 'hang' })
    at.vobiz.server.fault({ kind: 'reply', reply: { status: 400 } })
    // An error in a non-null field fails the whole operation.
    const { data, errors } = await at.query(
      '{ kobbleTransactions { totalCount } vobizTransactions(first: 1) { nodes { id } } }',
    )
    expect(data).toBeNull()
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_ERROR'])
    expect(at.kobble.api.requests).toHaveLength(sent + 1)
    await vi.waitFor(() => expect(at.kobble.api.aborted).toHaveLength(1))
    // A later operation reads again.
    at.kobble.api.clearFaults()
    expect((await at.query('{ kobbleTransactions { totalCount } }')).errors).toEqual([])
  })
})
