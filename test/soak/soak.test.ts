import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom, type Random } from '../../src/sandbox/random.ts'
import type { Fault, UpstreamServer } from '../../src/sandbox/server.ts'
import { startFuzzed } from '../fuzz/support/gateway.ts'
import type { ResultError, TestGateway } from '../support/gateway.ts'
import { RUNS } from '../support/runs.ts'
import type { Message, Sample } from './gateway-process.ts'

/** Duration of the load; longer in `npm run soak`. */
const SECONDS = RUNS.soak.seconds
const SAMPLES = 24
/** By how much samples of a process that keeps nothing may differ. */
const NOISE_BYTES = 4 * 1024 * 1024
/** The most connections that the gateway makes to the three upstream hosts. */
const UPSTREAM_CONNECTIONS = 32 + 32 + 1
/** The most connections that the clients make. */
const CLIENT_CONNECTIONS = 24
/** Timers that run for as long as the process does. */
const OWN_TIMERS = 2
/** Time limit of the tests. */
const TIMEOUT_MS = SECONDS * 2000 + 180_000
const PROVIDERS = ['VOBIZ', 'KOBBLE']

const PROGRAM = fileURLToPath(new URL('gateway-process.ts', import.meta.url))

/** Ends what is still running, also after a test that failed. */
let cleanUp: () => Promise<void> = async () => {}

/** The gateway in a process of its own, over the sandboxes in this one. */
interface Running {
  readonly at: TestGateway
  readonly child: ChildProcess
  readonly port: number
  /** Returns the log of the process. */
  log(): string
  sample(): Promise<Sample>
}

async function start(): Promise<Running> {
  const at = await startFuzzed()
  const child = fork(PROGRAM, [], {
    execArgv: ['--expose-gc'],
    silent: true,
    env: {
      PATH: process.env.PATH,
      ...at.vobiz.environment,
      ...at.kobble.environment,
      LOG_LEVEL: 'info',
      RATE_LIMIT_PER_MINUTE: '0',
      UPSTREAM_TIMEOUT_MS: '500',
    },
  })
  cleanUp = async () => {
    child.kill('SIGKILL')
    await at.close()
  }
  let written = ''
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk) => {
      written += chunk
    })
  }
  let resolve: (message: Message) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const next = () =>
    new Promise<Message>((onMessage, onEnd) => {
      resolve = onMessage
      reject = onEnd
    })
  child.on('message', (message) => resolve(message as Message))
  child.on('exit', (code) => reject(new Error(`The gateway ended with ${code}: ${written}`)))
  const { port } = (await next()) as { port: number }
  return {
    at,
    child,
    port,
    log: () => written,
    async sample() {
      child.send('sample')
      return (await next()) as Sample
    },
  }
}

interface Result {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly ResultError[]
}

interface Page {
  readonly nodes: readonly ({ readonly providerId: string } | null)[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

const PAGE = 'nodes { providerId } pageInfo { hasNextPage endCursor }'

/** Error codes of provider failures and of invalid requests. */
const EXPECTED_CODES = /^(UPSTREAM_\w+|BAD_REQUEST|BAD_USER_INPUT|INVALID_CURSOR|LIMIT_EXCEEDED|GRAPHQL_\w+)$/

/** The faults of the providers. */
function makeFault(random: Random): Fault {
  const share = random.pick([0.05, 0.3, 1])
  const on = () => random.chance(share)
  switch (random.integer(0, 7)) {
    case 0:
      return { on, kind: 'reset' }
    case 1:
      return { on, kind: 'truncate' }
    case 2:
      return { on, kind: 'delay', delayMs: random.integer(1, 200) }
    case 3:
      return { on, kind: 'hang' }
    case 4:
      return { on, kind: 'reply', reply: { status: 429, headers: { 'retry-after': '0' } } }
    case 5:
      return { on, kind: 'reply', reply: { status: 200, text: '<html>' } }
    case 6:
      // The gateway requests a new token and retries.
      return { on, kind: 'reply', reply: { status: 401, json: {} } }
    default:
      return { on, kind: 'reply', reply: { status: random.pick([500, 502, 503]) } }
  }
}

const entriesOf = ({ vobiz, kobble }: TestGateway) => [
  ...vobiz.globalEntries.map(({ id }) => id),
  ...kobble.entries.map(({ id }) => id),
]

/** Clients of every kind, each of which sends operations until it is stopped. */
function createClients({ at, port }: Running) {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENT_CONNECTIONS })
  const failures: string[] = []
  const rounds: Record<string, number> = {}
  const walks: { readonly missing: number; readonly repeated: number }[] = []
  let isStopping = false

  /** Sends a body and hands over the answer as it comes. */
  function open(body: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          agent,
          port,
          host: '127.0.0.1',
          path: '/graphql',
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          ...(signal && { signal }),
        },
        resolve,
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  async function textOf(incoming: IncomingMessage): Promise<string> {
    let text = ''
    for await (const chunk of incoming.setEncoding('utf8')) text += chunk
    return text
  }

  async function ask(query: string, variables: object = {}): Promise<Result> {
    const incoming = await open(JSON.stringify({ query, variables }))
    const text = await textOf(incoming)
    const result = JSON.parse(text) as Result
    for (const { extensions } of result.errors ?? []) {
      if (!EXPECTED_CODES.test(extensions.code)) failures.push(`${query}: ${text}`)
    }
    return result
  }

  /** Walks the one list to its end, and repeats each page that fails. Null where there was no time to come to the end. */
  async function walk(random: Random, policy: string, isOver = () => false): Promise<readonly string[] | null> {
    const order = random.pick(['NEWEST_FIRST', 'OLDEST_FIRST'])
    const query = `query($first: Int, $after: String) {
      transactions(first: $first, after: $after, order: ${order}, onProviderFailure: ${policy}) { ${PAGE} }
    }`
    const ids: string[] = []
    for (let after: string | null = null; ; ) {
      if (isOver()) return null
      const { data, errors } = await ask(query, { first: random.integer(5, 60), after })
      const page = data?.transactions as Page | undefined
      if (!page || errors) {
        // A row that was not understood is not one that was seen.
        await sleep(20)
        continue
      }
      ids.push(...page.nodes.map((node) => node!.providerId))
      after = page.pageInfo.endCursor
      if (!page.pageInfo.hasNextPage) return ids
      // Under PARTIAL a page may be empty for as long as a provider is away.
      if (page.nodes.length === 0) await sleep(20)
    }
  }

  /** Expects a walk to return each entry of the list at its start exactly once, despite all failures. */
  async function walkAndCheck(random: Random, policy: string): Promise<void> {
    const before = entriesOf(at)
    const ids = await walk(random, policy, () => isStopping)
    if (ids === null) return
    const seen = new Set(ids)
    walks.push({ missing: before.filter((id) => !seen.has(id)).length, repeated: ids.length - seen.size })
  }

  const authId = (random: Random) => random.pick(at.vobiz.customers).auth_id
  const walletId = (random: Random) => random.pick(at.kobble.wallets).id
  const PERIOD = '{ from: "2026-01-01", to: "2026-01-31" }'
  const DEEP = `${'{ transactions { nodes '.repeat(30)} { id } ${'} }'.repeat(30)}`

  /** The activities of the clients, each in a loop of its own. */
  const KINDS: Readonly<Record<string, (random: Random) => Promise<unknown>>> = {
    'walks under FAIL': (random) => walkAndCheck(random, 'FAIL'),
    'walks under PARTIAL': (random) => walkAndCheck(random, 'PARTIAL'),
    async ids(random) {
      const { data } = await ask('{ transactions(first: 10) { nodes { id } } }')
      const page = data?.transactions as { nodes: ({ id: string } | null)[] } | undefined
      const ids = (page?.nodes ?? []).flatMap((node) => node?.id ?? [])
      if (ids.length === 0) return
      await ask('query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Transaction { raw } } }', { ids })
      const representations = ids.map((id) => ({ __typename: 'Transaction', id }))
      await ask('query($r: [_Any!]!) { _entities(representations: $r) { __typename } }', {
        r: [
          ...representations,
          { __typename: 'KobbleWallet', providerId: walletId(random) },
          { __typename: 'Nothing' },
        ],
      })
    },
    async sums(random) {
      await ask('{ transactions { totalCount summary { count totals { currency net } } sources { totalCount } } }')
      await ask(
        `query($id: ID!) { vobizCustomer(authId: $id) { balance { amount } statement(period: ${PERIOD}) { usage { amount } covered } } }`,
        { id: authId(random) },
      )
      await ask(
        'query($id: ID!) { kobbleWallet(providerId: $id) { total { amount } transactions { summary { count } } } }',
        {
          id: walletId(random),
        },
      )
    },
    async filters(random) {
      await ask(
        'query($filter: TransactionFilter, $last: Int) { transactions(filter: $filter, last: $last) { nodes { id } } }',
        {
          last: random.integer(0, 100),
          filter: random.pick([
            { statuses: ['PENDING'] },
            { referenceContains: 'cdr' },
            { vobizCustomers: [authId(random), authId(random)] },
            { kobbleWallets: [walletId(random)], minAmount: '1' },
            { categories: ['USAGE', 'ADJUSTMENT', 'TRANSFER'] },
          ]),
        },
      )
    },
    /** Some to the end, some left in the middle. */
    async subscriptions(random) {
      const incoming = await open(
        JSON.stringify({ query: `subscription { vobizReconciliation(period: ${PERIOD}) { __typename } }` }),
        { accept: 'text/event-stream' },
      )
      if (random.chance(0.5)) await textOf(incoming)
      else {
        await once(incoming, 'data').catch(() => {})
        incoming.destroy()
      }
    },
    /** Whoever hangs up at any moment. */
    async aborts(random) {
      const query = random.pick([
        '{ transactions(first: 100) { nodes { raw } summary { count } } }',
        `{ vobizReconciliation(period: ${PERIOD}) { balanced } }`,
        '{ vobizCustomers { nodes { balance { amount } transactions { totalCount } } } kobbleWallets { totalCount } }',
      ])
      const controller = new AbortController()
      const timer = setTimeout(() => controller.abort(), random.integer(0, 30))
      try {
        await textOf(await open(JSON.stringify({ query }), {}, controller.signal))
      } catch (error) {
        if (!controller.signal.aborted) throw error
      } finally {
        clearTimeout(timer)
      }
    },
    async nonsense(random) {
      const query = random.pick(['{', '{ nothing }', DEEP, '{ transactions(after: "x") { totalCount } }'])
      await ask(query)
      await textOf(await open(random.pick(['', '[]', '{"query":', 'x'.repeat(100_000)])))
    },
  }

  const running = Object.entries(KINDS).map(async ([kind, run], index) => {
    const random = createRandom(index + 1)
    rounds[kind] = 0
    while (!isStopping) {
      try {
        await run(random)
        rounds[kind]!++
      } catch (error) {
        failures.push(`${kind}: ${error instanceof Error ? error.stack : error}`)
        await sleep(50)
      }
      await sleep(2)
    }
  })

  return {
    failures,
    rounds,
    walks,
    ask,
    walk,
    async stop() {
      isStopping = true
      await Promise.all(running)
    },
    /** Closes the connections. */
    close: () => agent.destroy(),
  }
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!

/** Waits for a condition to become true, for longer than any timer of the gateway. */
async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (await holds()) return
    await sleep(100)
  }
  throw new Error(`It never happened that ${what}.`)
}

/** Returns the log lines of a provider's breaker, without those of the token host. */
const breakerLines = (log: string, provider: string) =>
  log
    .split('\n')
    .filter((line) => /"message":"circuit breaker (opened|closed)"/.test(line))
    .filter((line) => line.includes(`"provider":"${provider}"`) && !line.includes('"service":"tokens"'))

describe(`a gateway under load for ${SECONDS} seconds, whose providers grow and fail`, () => {
  let running: Running
  let clients: ReturnType<typeof createClients>
  const samples: Sample[] = []

  const answersAgain = async () => {
    const { errors } = await clients.ask('{ transactions { nodes { id } totalCount } vobizCustomers { totalCount } }')
    return errors === undefined
  }

  beforeAll(async () => {
    running = await start()
    const { vobiz, kobble } = running.at
    const servers: readonly UpstreamServer[] = [vobiz.server, kobble.api, kobble.tokens]
    const random = createRandom(SECONDS)
    const growth = setInterval(() => {
      const now = Date.now()
      vobiz.grow(now)
      kobble.grow(now)
    }, 100)
    // It begins with an outage that lasts until the breakers of both providers are open.
    for (const server of servers.slice(0, 2)) server.fault({ kind: 'reset' })
    clients = createClients(running)
    await eventually('both breakers open', async () =>
      PROVIDERS.every((provider) => breakerLines(running.log(), provider).length > 0),
    )
    for (const server of servers) server.clearFaults()
    await eventually('all providers answer again', answersAgain)

    let seconds = 0
    const weather = setInterval(() => {
      seconds++
      for (const server of servers) {
        // A record of all requests is of no use here.
        server.requests.length = 0
        server.aborted.length = 0
        // Now and then a fault goes on for a while.
        if (seconds % 30 > 20 && random.chance(0.9)) continue
        server.clearFaults()
        if (random.chance(0.6)) server.fault(makeFault(random))
      }
    }, 1000)
    for (let index = 0; index < SAMPLES; index++) {
      await sleep((SECONDS * 1000) / SAMPLES)
      samples.push(await running.sample())
    }
    clearInterval(growth)
    clearInterval(weather)
    for (const server of servers) server.clearFaults()
    // A machine with other work may need longer than the load lasts.
    await eventually('a walk ends', async () => clients.walks.length > 0)
    await clients.stop()
    const megabytes = (bytes: readonly number[]) => bytes.map((value) => Math.round(value / 1e5) / 10)
    const heapMB = megabytes(samples.map(({ heap }) => heap))
    const externalMB = megabytes(samples.map(({ external }) => external))
    if (RUNS.soak.isRequested)
      console.log(
        JSON.stringify({
          rounds: clients.rounds,
          breakers: running.log().match(/circuit breaker opened/g)?.length,
          heapMB,
          externalMB,
        }),
      )
  }, TIMEOUT_MS)

  afterAll(() => cleanUp())

  it('answers everybody, with what they may get', () => {
    expect(clients.failures).toEqual([])
    for (const [kind, count] of Object.entries(clients.rounds)) expect(count, kind).toBeGreaterThan(0)
  })

  it('loses and repeats no entry on any walk that comes to its end', () => {
    expect(clients.walks.length).toBeGreaterThan(0)
    expect(clients.walks.filter(({ missing, repeated }) => missing + repeated > 0)).toEqual([])
  })

  it('fails at nothing that nobody waits for, and at nothing unexpected', async () => {
    expect((await running.sample()).strays).toEqual([])
    expect(
      running
        .log()
        .split('\n')
        .filter((line) => line.includes('"level":"error"')),
    ).toEqual([])
  })

  it(
    'closes every breaker once its provider answers',
    async () => {
      await eventually('all providers answer again', answersAgain)
      for (let times = 0; times < 20; times++) expect(await answersAgain()).toBe(true)
      for (const provider of PROVIDERS) {
        expect(breakerLines(running.log(), provider).at(-1)).toContain('circuit breaker closed')
      }
    },
    TIMEOUT_MS,
  )

  it.each(['FAIL', 'PARTIAL'])(
    'lists what is in the ledgers afterwards, under %s',
    async (policy) => {
      const ids = await clients.walk(createRandom(SECONDS), policy)
      expect([...ids!].sort()).toEqual(entriesOf(running.at).sort())
    },
    TIMEOUT_MS,
  )

  it('needs no more memory at the end than it did once it was warm', () => {
    const bytes = samples.slice(SAMPLES / 4).map(({ heap, external }) => heap + external)
    const third = bytes.length / 3
    expect(median(bytes.slice(-third)) - median(bytes.slice(0, third))).toBeLessThan(NOISE_BYTES)
  })

  it(
    'never has more connections than it should, and none once nobody needs them',
    async () => {
      const sockets = samples.map(({ resources }) => resources.TCPSocketWrap ?? 0)
      expect(Math.max(...sockets)).toBeLessThanOrEqual(UPSTREAM_CONNECTIONS + CLIENT_CONNECTIONS)
      clients.close()
      await eventually('no connection and no timer is left', async () => {
        const { TCPSocketWrap: open = 0, Timeout: timers = 0 } = (await running.sample()).resources
        return open === 0 && timers <= OWN_TIMERS
      })
    },
    TIMEOUT_MS,
  )

  it(
    'ends by itself when it is closed',
    async () => {
      running.child.send('stop')
      const [code] = await once(running.child, 'exit')
      expect(code).toBe(0)
    },
    TIMEOUT_MS,
  )
})
