import { isDeepStrictEqual } from 'node:util'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { KITS } from '../support/kits.ts'
import { RUNS } from '../support/runs.ts'
import {
  documentsFor,
  edited,
  OPERATIONS,
  type ProviderDocument,
  type ProviderOperation,
  startFaultWorld,
  valueAt,
} from './support/documents.ts'
import type { Path } from './support/fault-kit.ts'
import { FAULTS, type Fault, SLOW_TIMEOUT_MS } from './support/faults.ts'
import { type Answer, type FaultyGateway, leaksIn, leaksInLine, startFaultyGateway } from './support/faulty-gateway.ts'

// Most of the time goes by in pauses and deadlines.
vi.setConfig({ maxConcurrency: 12 })

/** One document, one operation that it takes, and one way for that to fail. */
interface Cell {
  readonly document: ProviderDocument
  readonly operation: ProviderOperation
  readonly fault: Fault
  /** Requests to the same host that are answered before the operation's first is sent. */
  readonly before: number
  /** The data that the document answers when all goes well. */
  readonly healthy: unknown
  /** The requests that the document sends, in its first and in its second run. */
  readonly sent: readonly ReadonlySet<string>[]
}

/** The effect of a fault: none, an absent object, a refused ledger, a missing row, or an error. */
type Effect = 'none' | 'absent' | 'refused' | 'row' | 'error'

const world = await startFaultWorld()
const documents = await documentsFor(world)
const refusal = FAULTS.find(({ name }) => name === '403')!

/** Returns the effect of a fault of an operation in a document, by rules that hold for all providers. */
function effectOf({ document, operation, fault }: Cell): Effect {
  const { provider, name } = operation
  if (fault.spoil === 'refuse') return 'error'
  if (document.spared?.includes(name)) return 'none'
  if (document.replaced?.includes(name) && fault.reported.code === 'UPSTREAM_INVALID_RESPONSE') return 'none'
  if (document.needed?.includes(name)) return fault.isInRows && !document.isUnified ? 'row' : 'error'
  const { notFound, optional } = KITS.get(provider)!.faults
  const mayBeAbsent = notFound.operations.includes(name) && !document.listed?.includes(name)
  if (mayBeAbsent && notFound.statuses.includes(fault.status ?? 0)) return 'absent'
  if (optional?.operation === name && optional.isRefusal(fault)) return 'refused'
  return fault.isInRows && name.startsWith('list') ? 'row' : 'error'
}

/** Returns true when a fault means that the operation rejects the credentials, by a status of its own. */
const isAuthFailure = ({ authStatuses }: ProviderOperation, { status }: Fault) =>
  status !== undefined && authStatuses.includes(status)

/** Returns the error extensions that a fault of an operation causes. */
function extensionsOf({ operation, fault }: Cell): object {
  const extensions = isAuthFailure(operation, fault) ? { code: 'UPSTREAM_AUTH' } : fault.reported
  // The request at which a host stops listening is not known.
  const name = fault.spoil === 'refuse' ? expect.any(String) : operation.name
  return { ...extensions, provider: operation.provider, operation: name }
}

/** Returns the data with null at the path of each error. */
function withoutFailed(healthy: unknown, { data, errors }: Answer<unknown>): unknown {
  const places = errors.map(({ path = [] }): Path => {
    const depth = [...path.keys(), path.length].find((length) => valueAt(data, path.slice(0, length)) === null)
    expect(depth, `something is null at ${path.join('.')}`).toBeDefined()
    return path.slice(0, depth)
  })
  return edited(
    healthy,
    places.map((place) => [place, null]),
  )
}

interface Unified {
  readonly transactions: {
    readonly totalCount: number | null
    readonly nodes: readonly { readonly provider: string }[]
    readonly sources: readonly { readonly provider: string }[]
    readonly pageInfo: object
  }
}

/** Returns one page over all providers without the entries of one of them. */
function withoutProvider(healthy: unknown, { operation, fault }: Cell): Unified {
  const { provider } = operation
  const code = isAuthFailure(operation, fault) ? 'UPSTREAM_AUTH' : fault.reported.code
  const { transactions } = healthy as Unified
  const error = { code, message: expect.stringContaining(provider) }
  return {
    transactions: {
      ...transactions,
      totalCount: null,
      nodes: transactions.nodes.filter((node) => node.provider !== provider),
      sources: transactions.sources.map((source) =>
        source.provider === provider ? { provider, totalCount: null, error } : source,
      ),
      pageInfo: { ...transactions.pageInfo, hasNextPage: true },
    },
  }
}

function expectEffect(cell: Cell, answer: Answer<unknown>): void {
  const { document, operation, healthy } = cell
  const { data, errors } = answer
  const effect = effectOf(cell)
  const isFieldError = effect === 'row' || (effect === 'error' && !document.isPartial)
  if (isFieldError) {
    expect(errors.map(({ extensions }) => extensions)).toEqual(
      errors.map(() => expect.objectContaining(extensionsOf(cell))),
    )
  } else {
    expect(errors).toEqual([])
  }
  switch (effect) {
    case 'none':
      expect(data).toEqual(healthy)
      break
    case 'absent':
      expect(data).toEqual(
        document.isUnified
          ? withoutEntriesOf(operation.provider, healthy)
          : edited(healthy, document.absent?.[operation.name] ?? []),
      )
      break
    case 'refused':
      expect(data).toEqual(edited(healthy, document.refused ?? []))
      break
    case 'row':
      if (document.home.includes(operation.name)) expect(errors.length).toBeGreaterThan(0)
      expectRows(cell, answer)
      break
    case 'error':
      if (document.isPartial) {
        expect(data).toEqual(withoutProvider(healthy, cell))
        break
      }
      if (document.isUnified) expect(errors).toHaveLength(1)
      expect(errors.length).toBeGreaterThan(0)
      expect(data).toEqual(withoutFailed(healthy, answer))
  }
}

/** Expects that all rows are there, and null for each that could not be understood. */
function expectRows({ document, fault, healthy }: Cell, answer: Answer<unknown>): void {
  const { data, errors } = answer
  if (!document.isUnified || !fault.isUndated) {
    expect(data).toEqual(withoutFailed(healthy, answer))
    return
  }
  // The position of a row without a timestamp is known only from its own provider's order.
  const { nodes, ...rest } = (data as Unified).transactions
  const { nodes: all, ...restOfAll } = (healthy as Unified).transactions
  expect(rest).toEqual(restOfAll)
  expect(nodes).toHaveLength(all.length)
  const understood = nodes.filter((node) => node !== null)
  expect(understood).toHaveLength(all.length - errors.length)
  expect(all.filter((node) => understood.some((other) => isDeepStrictEqual(node, other)))).toEqual(understood)
}

/** Returns one page over all providers when one of them finds none of the requested accounts. */
function withoutEntriesOf(provider: string, healthy: unknown): Unified {
  const { transactions } = healthy as Unified
  const nodes = transactions.nodes.filter((node) => node.provider !== provider)
  return {
    transactions: {
      ...transactions,
      totalCount: nodes.length,
      nodes,
      sources: transactions.sources.map((source) =>
        source.provider === provider ? { provider, totalCount: 0, error: null } : source,
      ),
    },
  }
}

/** Returns true for the operation that is refused from the start. */
const isRefused = (document: ProviderDocument, { provider, name }: ProviderOperation) =>
  document.provider === provider && document.refusing === name

const upstreamOf = ({ upstreams }: FaultyGateway, { provider, server }: ProviderOperation) =>
  upstreams.get(provider)![server]!

/** Adds the faults that every gateway of a document begins with. */
function prepare(document: ProviderDocument, at: FaultyGateway): void {
  for (const operation of OPERATIONS) {
    if (!isRefused(document, operation)) continue
    upstreamOf(at, operation).add({ hits: operation.isRequest, spoil: refusal.spoil as never })
  }
}

/**
 * Collects the requests to the APIs from now on, without those to further hosts such as those of tokens. Repeated
 * requests count once, because retries of a failed operation may still be in flight.
 */
function listen({ upstreams }: FaultyGateway): () => ReadonlySet<string> {
  const apis = [...upstreams].map(([provider, [api]]) => ({ provider, requests: api!.requests }))
  const earlier = apis.map(({ requests }) => requests.length)
  return () => {
    const sent = apis.flatMap(({ provider, requests }, index) =>
      requests.slice(earlier[index]).map(({ path, query }) => `${provider} ${path}?${query}`),
    )
    return new Set(sent)
  }
}

/**
 * Returns the requests of a second run that reads again what is otherwise kept from the first one; null when the fault does not
 * make it do so.
 */
function sentAgain({ document, operation, fault, sent }: Cell): readonly ReadonlySet<string>[] | null {
  const { kept = [], listed = [] } = document
  const isMissing = listed.includes(operation.name) && fault.status === 404
  if (!isMissing && !kept.includes(operation.name)) return null
  const [first, second] = sent
  const isKept = ({ provider, name, isRequest }: ProviderOperation, path: string, from: string) =>
    provider === from && kept.includes(name) && isRequest({ path })
  const again = [...first!].filter((request) => {
    const [from, path] = request.split(/[ ?]/) as [string, string]
    return OPERATIONS.some((one) => isKept(one, path, from))
  })
  return [new Set([...second!, ...again])]
}

/** The operations that a document takes, and what it answers. */
async function observe(document: ProviderDocument): Promise<readonly Omit<Cell, 'fault'>[]> {
  const at = await startFaultyGateway(world.sandboxes)
  prepare(document, at)
  const heardFirst = listen(at)
  const { data: healthy, errors } = await at.ask(document.text)
  if (errors.length > 0) throw new Error(`${document.name} fails without a fault: ${JSON.stringify(errors)}`)
  const found = OPERATIONS.map((operation) => {
    const before = upstreamOf(at, operation).requests.find(operation.isRequest)?.answered ?? -1
    return { document, operation, before, healthy }
  })
  const first = heardFirst()
  const heardAgain = listen(at)
  await at.ask(document.text)
  const sent = [first, heardAgain()]
  await at.close()
  return found
    .filter(({ before, operation }) => before >= 0 && !isRefused(document, operation))
    .map((one) => ({ ...one, sent }))
}

const observed = (await Promise.all(documents.map(observe))).flat()
const cells = observed.flatMap((one): Cell[] =>
  FAULTS.filter(
    ({ isTypical }) => RUNS.areFaultsComplete || isTypical || one.document.home.includes(one.operation.name),
  ).map((fault) => ({ ...one, fault })),
)

afterAll(() => world.close())

async function runCell(cell: Cell): Promise<void> {
  const { document, operation, fault, before, healthy, sent } = cell
  const at = await startFaultyGateway(world.sandboxes, fault.isSlow && { UPSTREAM_TIMEOUT_MS: String(SLOW_TIMEOUT_MS) })
  try {
    prepare(document, at)
    const upstream = upstreamOf(at, operation)
    if (fault.spoil === 'refuse') upstream.refuseAfter(before)
    else upstream.add({ hits: operation.isRequest, spoil: fault.spoil })

    const answer = await at.ask(document.text)
    expect(answer.status).toBe(200)
    expectEffect(cell, answer)
    expect(leaksIn(answer.text, world.sandboxes)).toEqual([])

    await at.mend()
    prepare(document, at)
    const heard = listen(at)
    const next = await at.ask(document.text)
    expect(next.errors).toEqual([])
    if (effectOf(cell) === 'refused') {
      expect(next.data).toEqual(edited(healthy, document.refused ?? []))
    } else {
      expect(next.data).toEqual(healthy)
      // It is taken to be about the page size, so that pages are smaller for a while.
      if (fault.status !== 422) expect(sentAgain(cell) ?? sent).toContainEqual(heard())
    }

    expect(at.logged.flatMap((line) => leaksInLine(line, world.sandboxes))).toEqual([])
    expect(at.logged.filter((line) => line.includes('"level":"error"'))).toEqual([])
  } finally {
    await at.close()
  }
}

describe('the fault matrix', () => {
  it('holds every endpoint', () => {
    expect(new Set(observed.map(({ operation }) => operation))).toEqual(new Set(OPERATIONS))
  })
})

describe.concurrent('an answer reports the missing part, keeps the rest, and the next one is complete', () => {
  const named = cells.map((cell) => {
    const { operation, fault, document } = cell
    return [`${operation.provider} ${operation.name} × ${fault.name} × ${document.name}`, cell] as const
  })
  it.for(named)('%s', ([, cell]) => runCell(cell))
})
