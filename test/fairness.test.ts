import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApiKey, hashApiKey } from '../src/server/auth/api-keys.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

/** The delay of each answer of the upstream. */
const LATENCY_MS = 60
const SAMPLES = 9
/** Operations of the greedy caller at a time, and the keys in each of them. */
const PARALLEL = 4
const KEYS = 1000

const folder = mkdtempSync(join(tmpdir(), 'fairness-'))
const file = join(folder, 'keys.json')
const greedyKey = createApiKey()
const modestKey = createApiKey()

let at: TestGateway

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
const as = (key: string) => ({ authorization: `Bearer ${key}` })

let madeUp = 0
/** Queries many transactions by made-up ids, none of which was used before. */
function askForMany() {
  const representations = Array.from({ length: KEYS }, () => ({
    __typename: 'KobbleTransaction',
    providerId: `made-up-${++madeUp}`,
  }))
  return at.query(
    'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
    { r: representations },
    as(greedyKey),
  )
}

/** Runs a caller's small query a number of times, one after another. Returns each duration and all errors. */
async function sample(document: string, key: string) {
  const times: number[] = []
  const errors: unknown[] = []
  for (let i = 0; i < SAMPLES; i++) {
    const start = performance.now()
    const answer = await at.query(document, {}, as(key))
    times.push(performance.now() - start)
    errors.push(...answer.errors)
  }
  return { medianMs: median(times), errors }
}

/** Runs a task while the greedy caller keeps its operations running. */
async function underLoad<T>(task: () => Promise<T>): Promise<T> {
  let isOver = false
  const loops = Array.from({ length: PARALLEL }, async () => {
    while (!isOver) await askForMany()
  })
  try {
    return await task()
  } finally {
    isOver = true
    // Calls that still wait fail at once.
    await at.close()
    await Promise.allSettled(loops)
  }
}

async function start(): Promise<void> {
  at = await startGateway({ environment: { AUTH_MODE: 'api-key', API_KEYS_FILE: file } })
  at.kobble.api.fault({ kind: 'delay', delayMs: LATENCY_MS })
}

beforeAll(() => {
  const entry = (name: string, key: string) => ({ name, sha256: hashApiKey(key).toString('hex') })
  const wallet = { KOBBLE: { accounts: ['wallet-of-the-greedy-caller'] } }
  writeFileSync(
    file,
    JSON.stringify({ keys: [{ ...entry('greedy', greedyKey), grants: wallet }, entry('modest', modestKey)] }),
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('a caller beside one that queries thousands of ids at a time', () => {
  it('waits at most three times as long for a small query as without it, and none of its operations fails', async () => {
    await start()
    const document = '{ kobbleTransactions(first: 5) { nodes { id } } }'
    await at.query(document, {}, as(modestKey))
    const alone = await sample(document, modestKey)
    const beside = await underLoad(() => sample(document, modestKey))
    expect([...alone.errors, ...beside.errors]).toEqual([])
    expect(beside.medianMs / alone.medianMs).toBeLessThan(3)
  })
})

describe('a caller that queries thousands of ids at a time', () => {
  it('receives all of them, since an operation takes only as many places as there are connections', async () => {
    await start()
    at.kobble.api.clearFaults()
    const before = at.kobble.api.requests.length
    // Together they exceed the places of the queue.
    const answers = await Promise.all(Array.from({ length: 3 }, askForMany))
    expect(answers.flatMap(({ errors }) => errors)).toEqual([])
    expect(at.kobble.api.requests.length - before).toBe(3 * KEYS)
    await at.close()
  })
})

describe('two callers that send the same query at the same time', () => {
  it('see the same cost, whether the gateway sent one request or two', async () => {
    await start()
    const document = '{ kobbleWallets { totalCount } kobbleTransactions(first: 5) { nodes { id } } }'
    const costOf = async (key: string) => {
      const { extensions } = await at.query(document, {}, { ...as(key), 'x-graphql-cost': '1' })
      return extensions.cost
    }
    const alone = await costOf(modestKey)
    const before = at.kobble.api.requests.length
    const together = await Promise.all([costOf(modestKey), costOf(modestKey)])
    expect(at.kobble.api.requests.length - before).toBe(2)
    expect(together).toEqual([alone, alone])
    await at.close()
  })
})
