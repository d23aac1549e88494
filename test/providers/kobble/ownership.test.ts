import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LimitExceededError, UpstreamAuthError, UpstreamResponseError } from '../../../src/errors.ts'
import { createMeter, OperationSignal } from '../../../src/operation.ts'
import type { KobbleApi } from '../../../src/providers/kobble/http.ts'
import { Ownership } from '../../../src/providers/kobble/ownership.ts'
import { WalletRegistry, type WalletRegistryOptions } from '../../../src/providers/kobble/wallet-registry.ts'
import { RUNS } from '../../support/runs.ts'
import { DIRECTIONS } from './contract.ts'

const NOW = Date.UTC(2026, 5, 1)
const MINUTE = 60_000
/** Newer than any list that a test reads by the clock of the machine. */
const IN_THE_FUTURE = -100 * 365 * 24 * 60 * MINUTE
const context = { provider: 'KOBBLE', operation: 'listWallets' }

/** An entry that was made this long before `NOW`. */
const entry = (fromId: string | null, toId: string | null, ageMs = 24 * 60 * MINUTE) => ({
  fromId,
  toId,
  instant: BigInt(NOW - ageMs) * 1_000_000n,
})

/** Kobble's wallets, with the requests that reached them. */
class FakeKobble {
  readonly wallets: Set<string>
  /** Ids that the list leaves out. */
  readonly unlisted = new Set<string>()
  total: number | null = null
  failure: Error | null = null
  lists = 0
  reads: string[] = []
  clock = NOW
  #inFlight: Promise<unknown> | null = null

  constructor(...wallets: readonly string[]) {
    this.wallets = new Set(wallets)
  }

  /** Operations share a request in flight, as they do with the upstream client. */
  readonly #listWallets = () => {
    this.#inFlight ??= this.#answer().finally(() => {
      this.#inFlight = null
    })
    return this.#inFlight
  }

  async #answer() {
    this.lists += 1
    const { failure, total } = this
    const ids = [...this.wallets].filter((id) => !this.unlisted.has(id))
    await new Promise((resolve) => setImmediate(resolve))
    if (failure !== null) throw failure
    return { rows: [], ids, total }
  }

  readonly #getWallet = async (id: string) => {
    this.reads.push(id)
    return this.wallets.has(id) ? {} : null
  }

  registry(options: WalletRegistryOptions = {}) {
    return new WalletRegistry({ now: () => this.clock, intervalMs: 0, ...options })
  }

  /** Opens an operation's view of the wallets. */
  open(registry: WalletRegistry, operation: Partial<ConstructorParameters<typeof Ownership>[2]> = {}) {
    const api = registry.observe({ listWallets: this.#listWallets, getWallet: this.#getWallet } as unknown as KobbleApi)
    return new Ownership(api, registry, { grant: { accounts: null }, ...operation })
  }
}

describe('Ownership', () => {
  it.each(DIRECTIONS)('from %j to %j is %s', async (payer, receiver, direction) => {
    const from = payer === 'own' ? 'a' : payer
    const to = receiver === 'own' ? 'b' : receiver
    const kobble = new FakeKobble('a', 'b')
    expect(await kobble.open(kobble.registry()).direction(entry(from, to))).toBe(direction)
    expect([kobble.lists, kobble.reads]).toEqual([from === null && to === null ? 0 : 1, []])
  })

  it('is internal from a wallet to itself', async () => {
    const kobble = new FakeKobble('a')
    expect(await kobble.open(kobble.registry()).direction(entry('a', 'a'))).toBe('INTERNAL')
  })

  it('reads nothing for an entry without sides', () => {
    const kobble = new FakeKobble()
    expect(kobble.open(kobble.registry()).direction(entry(null, null))).toBeNull()
    expect(kobble.lists).toBe(0)
  })

  it('reads the list once for all entries of an operation, and for all operations of five minutes', async () => {
    const kobble = new FakeKobble('a', 'b')
    const registry = kobble.registry()
    const first = kobble.open(registry)
    await Promise.all(Array.from({ length: 20 }, (_, index) => first.direction(entry('a', `elsewhere-${index}`))))
    kobble.clock += 5 * MINUTE - 1
    expect(kobble.open(registry).direction(entry('b', 'a'))).toBe('INTERNAL')
    expect(kobble.lists).toBe(1)
    kobble.clock += 1
    expect(await kobble.open(registry).direction(entry('b', 'a'))).toBe('INTERNAL')
    expect(kobble.lists).toBe(2)
  })

  it('takes an id that the list lacks for foreign at once when the entry is older than the list', async () => {
    const kobble = new FakeKobble('a')
    const registry = kobble.registry()
    await kobble.open(registry).prepare([entry('a', null)])
    expect(kobble.open(registry).direction(entry('a', 'elsewhere', 2 * MINUTE))).toBe('DEBIT')
    expect(kobble.lists).toBe(1)
  })

  it('reads the list again for an id that it lacks when the entry is newer, and once for each such id', async () => {
    const kobble = new FakeKobble('a')
    const registry = kobble.registry()
    await kobble.open(registry).prepare([entry('a', null)])
    kobble.wallets.add('new')
    kobble.clock += MINUTE
    const operation = kobble.open(registry)
    const newer = [entry('a', 'new', -MINUTE), entry('a', 'elsewhere', -MINUTE), entry('new', 'elsewhere', 0)]
    const directions = newer.map((one) => operation.direction(one))
    expect(await Promise.all(directions)).toEqual(['INTERNAL', 'DEBIT', 'DEBIT'])
    expect(kobble.lists).toBe(2)
    const later = kobble.open(registry)
    expect(newer.map((one) => later.direction(one))).toEqual(['INTERNAL', 'DEBIT', 'DEBIT'])
    expect(kobble.lists).toBe(2)
  })

  it('shares one read between operations, and waits for the interval before the next', async () => {
    const kobble = new FakeKobble('a')
    const registry = kobble.registry({ now: Date.now, intervalMs: 500 })
    await kobble.open(registry).prepare([entry('a', null)])
    kobble.wallets.add('new')
    const operations = Array.from({ length: 10 }, (_, index) =>
      kobble.open(registry).direction(entry(index % 2 === 0 ? 'new' : `elsewhere-${index}`, 'a', IN_THE_FUTURE)),
    )
    await sleep(20)
    expect(kobble.lists).toBe(1)
    expect(await Promise.all(operations)).toEqual(
      Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? 'INTERNAL' : 'CREDIT')),
    )
    expect(kobble.lists).toBe(2)
  })

  it('does not take an id for foreign by a list that was requested before the id was seen', async () => {
    const kobble = new FakeKobble('a')
    const registry = kobble.registry()
    const early = kobble.open(registry).prepare([entry('a', null)])
    while (kobble.lists === 0) await null
    // The answer to the first request does not have it any more.
    kobble.wallets.add('new')
    const late = kobble.open(registry).direction(entry('new', 'a', -MINUTE))
    await early
    expect(await late).toBe('INTERNAL')
    expect(kobble.lists).toBe(2)
  })

  it('stops to wait when the operation ends', async () => {
    const kobble = new FakeKobble('a')
    const registry = kobble.registry({ now: Date.now, intervalMs: 3_600_000 })
    await kobble.open(registry).prepare([entry('a', null)])
    const signal = new OperationSignal()
    const direction = kobble.open(registry, { signal }).direction(entry('a', 'new', IN_THE_FUTURE))
    signal.abort(new Error('the caller has left'))
    await expect(direction).rejects.toThrow('the caller has left')
    expect(kobble.lists).toBe(1)
  })

  it('fails when the list cannot be read, once for an operation, and reads it again for the next', async () => {
    const kobble = new FakeKobble('a', 'b')
    kobble.failure = new UpstreamAuthError({ ...context, status: 403 })
    const registry = kobble.registry()
    const operation = kobble.open(registry)
    const attempts = [operation.direction(entry('a', 'b')), operation.prepare([entry('a', null)])]
    for (const { status } of await Promise.allSettled(attempts)) expect(status).toBe('rejected')
    await expect(operation.direction(entry('b', 'a'))).rejects.toBe(kobble.failure)
    expect([kobble.lists, kobble.reads]).toEqual([1, []])
    kobble.failure = null
    expect(await kobble.open(registry).direction(entry('a', 'b'))).toBe('INTERNAL')
    expect(kobble.lists).toBe(2)
  })

  it('keeps what it knows when the list cannot be read again', async () => {
    const kobble = new FakeKobble('a')
    const registry = kobble.registry()
    await kobble.open(registry).prepare([entry('a', null)])
    kobble.failure = new UpstreamAuthError({ ...context, status: 403 })
    const operation = kobble.open(registry)
    await expect(operation.direction(entry('a', 'new', -MINUTE))).rejects.toBe(kobble.failure)
    expect(operation.direction(entry('a', 'elsewhere'))).toBe('DEBIT')
  })

  it.each<[string, (kobble: FakeKobble) => void]>([
    [
      'has more wallets than were sent',
      (kobble) => {
        kobble.unlisted.add('b')
        kobble.total = 2
      },
    ],
    [
      'sends a list that cannot be understood',
      (kobble) => {
        kobble.failure = new UpstreamResponseError({ ...context, expected: 'expected at most 16777216 bytes' })
      },
    ],
  ])('reads the other wallets one by one, each once, where Kobble %s', async (_, prepare) => {
    const kobble = new FakeKobble('a', 'b')
    prepare(kobble)
    const registry = kobble.registry()
    const operation = kobble.open(registry)
    const entries = [entry('b', 'elsewhere'), entry('elsewhere', 'a'), entry('b', 'a')]
    expect(await Promise.all(entries.map((one) => operation.direction(one)))).toEqual(['DEBIT', 'CREDIT', 'INTERNAL'])
    const wanted = kobble.failure === null ? ['b', 'elsewhere'] : ['a', 'b', 'elsewhere']
    expect(kobble.reads.toSorted()).toEqual(wanted)
    const later = kobble.open(registry)
    expect(entries.map((one) => later.direction(one))).toEqual(['DEBIT', 'CREDIT', 'INTERNAL'])
    expect([kobble.lists, kobble.reads.length]).toEqual([1, wanted.length])
  })

  it('refuses to read more wallets one by one than the operation may send requests', async () => {
    const kobble = new FakeKobble('a')
    kobble.total = 2
    const meter = createMeter({ maxRequests: 5, maxRows: 100 })
    const operation = kobble.open(kobble.registry(), { meter })
    const entries = Array.from({ length: 6 }, (_, index) => entry('a', `elsewhere-${index}`))
    await expect(operation.prepare(entries)).rejects.toThrow(LimitExceededError)
    expect(kobble.reads).toEqual([])
  })

  it('rejects the direction of an entry that was not prepared', () => {
    const kobble = new FakeKobble('a')
    expect(() => kobble.open(kobble.registry()).directionOf(entry('a', null))).toThrow(TypeError)
  })

  it('remembers a bounded number of ids', async () => {
    const kobble = new FakeKobble('a')
    const registry = kobble.registry()
    const newer = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => entry('a', `elsewhere-${from + index}`, -MINUTE))
    await kobble.open(registry).prepare(newer(0, 10_001))
    expect(registry.isOwn('elsewhere-0', entry(null, null, -MINUTE).instant)).toBeNull()
    expect(registry.isOwn('elsewhere-1', entry(null, null, -MINUTE).instant)).toBe(false)
  })

  it('equals brute force for any wallets, whatever the list holds and however the client grows', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'x', 'y', 'z')
    const side = fc.option(id, { freq: 3 })
    const step = fc.record({
      entries: fc.array(fc.tuple(side, side, fc.boolean()), { maxLength: 6 }),
      opened: fc.option(fc.constantFrom('b', 'c', 'd')),
      passesMs: fc.constantFrom(0, 10, MINUTE, 6 * MINUTE),
      total: fc.constantFrom(null, 100),
      unlisted: fc.subarray(['a', 'b']),
    })
    return fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const kobble = new FakeKobble('a')
        const registry = kobble.registry()
        const openedAt = new Map([['a', 0]])
        /** Before a wallet is opened, no entry names it. */
        const named = (one: string | null) => (one !== null && 'bcd'.includes(one) && !openedAt.has(one) ? 'x' : one)
        for (const { entries, opened, passesMs, total, unlisted } of steps) {
          kobble.clock += passesMs
          if (opened !== null && !openedAt.has(opened)) {
            openedAt.set(opened, kobble.clock)
            kobble.wallets.add(opened)
          }
          kobble.total = total
          kobble.unlisted.clear()
          // Without a total, nothing shows that a list is not whole.
          for (const missing of total === null ? [] : unlisted) kobble.unlisted.add(missing)
          const operation = kobble.open(registry)
          const made = entries.map(([payer, receiver, isEarly]) => {
            const [from, to] = [named(payer), named(receiver)]
            const earliest = Math.max(...[from, to].map((one) => openedAt.get(one ?? '') ?? 0))
            return entry(from, to, NOW - (isEarly ? earliest : kobble.clock))
          })
          const directions = await Promise.all(made.map((one) => operation.direction(one)))
          expect(directions).toEqual(
            made.map(({ fromId, toId }) => {
              const [pays, receives] = [fromId, toId].map((one) => one !== null && kobble.wallets.has(one))
              return pays ? (receives ? 'INTERNAL' : 'DEBIT') : receives ? 'CREDIT' : null
            }),
          )
        }
      }),
      { numRuns: RUNS.walks(200) },
    )
  })
})
