import { expect } from 'vitest'
import { FAULTS, type Fault } from './faults.ts'
import { type FaultyGateway, startFaultyGateway } from './faulty-gateway.ts'
import type { PassedRequest } from './faulty-upstream.ts'
import { type PageRequest, prepare, readPage, type WalkWorld } from './walks.ts'

/** The deadline of a request to an upstream; what is answered too late by chance fails as well, and comes later. */
const TIMEOUT_MS = 400

/** A walk from end to end on which requests fail. */
export interface FailingWalk extends Omit<PageRequest, 'size' | 'cursor'> {
  /** Of the pages, in turn. */
  readonly sizes: readonly number[]
  /** The number of successful requests before a failing one, and its fault, which lasts until the page ends. */
  readonly failures: readonly { readonly after: number; readonly fault: Fault }[]
  /** The number of entries that arrive before each request, while the list lasts. */
  readonly growth: readonly number[]
}

/** The faults that a list of these kinds fails with; the rest of them say that it is empty, or spoil single rows. */
export const failuresOf = (lists: PageRequest['lists']): readonly Fault[] =>
  FAULTS.filter(({ status, isInRows }) => !isInRows && (lists !== 'of accounts' || status !== 404))

/** Returns true for a fault that may mean that the provider offers its ledger only in parts. */
const mayRefuse = ({ name, status = 0 }: Fault) =>
  [403, 404, 405, 501].includes(status) || name === 'an object of another shape'

const hostsOf = ({ upstreams }: FaultyGateway) => [...upstreams.values()].flat()

/** Lets one request after the other fail, as it is planned, with all its repetitions until the page is over. */
class Failures {
  readonly #at: FaultyGateway
  readonly #left: { after: number; readonly fault: Fault }[]
  #failing: { readonly key: string; readonly fault: Fault } | null = null
  happened = 0

  constructor(at: FaultyGateway, { failures }: FailingWalk) {
    this.#at = at
    this.#left = failures.map((failure) => ({ ...failure }))
  }

  /** To be called again after everything was mended. */
  arm(): void {
    for (const upstream of hostsOf(this.#at)) {
      upstream.add({
        hits: (request) => this.#hits(upstream.url, request),
        spoil: (response, reply) => {
          const { spoil } = this.#failing!.fault
          if (spoil !== 'refuse') spoil(response, reply)
          else {
            upstream.refuseAfter(0)
            response.socket?.destroy()
          }
        },
      })
    }
  }

  #hits(host: string, { path, query }: PassedRequest): boolean {
    const key = `${host}${path}?${query}`
    if (this.#failing) return this.#failing.key === key
    const next = this.#left[0]
    if (!next) return false
    next.after -= 1
    if (next.after >= 0) return false
    this.#left.shift()
    this.#failing = { key, fault: next.fault }
    this.happened += 1
    return true
  }

  /** The page is over. */
  rest(): void {
    this.#failing = null
  }
}

/** Lets entries arrive in front of requests, newer than all there are; several of them at the same instant. */
function growBeforeRequests(at: FaultyGateway, world: WalkWorld, growth: readonly number[]): void {
  let turn = 0
  const grow = () => {
    for (let made = growth[turn++] ?? 0; made > 0; made--) {
      const created_at = new Date(Date.UTC(2026, 5, 1) + Math.floor(turn / 2) * 1000).toISOString()
      world.grow(turn + made, created_at)
    }
  }
  for (const upstream of hostsOf(at)) upstream.beforeAnswer = grow
}

/**
 * Walks as a client does that goes on after failures, and checks that every entry comes, and none twice.
 *
 * @returns how many of the failures happened; the others were planned for requests that were never sent
 */
export async function walkThroughFailures(world: WalkWorld, walk: FailingWalk): Promise<number> {
  const { lists, order, direction, policy, sizes } = walk
  const at = await startFaultyGateway(world.sandboxes, { UPSTREAM_TIMEOUT_MS: String(TIMEOUT_MS) })
  const failures = new Failures(at, walk)
  const keys = () => world.entries(lists).map(({ key }) => key)
  const initial = keys()
  /** The keys that a walk towards newer entries has to return by its last page. */
  let arrived = initial
  const returned: string[] = []
  let cursor: string | null = null
  growBeforeRequests(at, world, walk.growth)
  try {
    for (let pages = 0; ; pages++) {
      if (pages > 5000) throw new Error('The walk does not end.')
      await at.mend()
      failures.arm()
      prepare(at, lists)
      const before = failures.happened
      arrived = keys()
      const size = sizes[pages % sizes.length]!
      const page = await readPage(at, world, { lists, order, direction, policy, size, cursor })
      failures.rest()
      if (page.page === null) {
        expect(policy, JSON.stringify(page.errors)).toBe('FAIL')
        expect(page.errors).toHaveLength(1)
        continue
      }
      expect(page.errors).toEqual([])
      returned.push(...page.keys)
      const isMissing = page.page.sources.some(({ error }) => error !== null)
      if (isMissing) expect(page.hasMore, 'more where a source failed').toBe(true)
      if (!page.hasMore) break
      expect(page.cursor, 'the cursor of a page with more behind it').not.toBeNull()
      if (failures.happened === before && !isMissing) expect(page.cursor).not.toBe(cursor)
      cursor = page.cursor
    }
  } finally {
    await at.close()
  }
  const isTowardsNewer = (order === 'OLDEST_FIRST') === (direction === 'forward')
  expectEachOnce(world, walk, isTowardsNewer ? arrived : initial, returned)
  return failures.happened
}

function expectEachOnce(
  world: WalkWorld,
  { lists, failures }: FailingWalk,
  due: readonly string[],
  returned: readonly string[],
): void {
  const all = world.entries(lists)
  const got = new Set(returned)
  expect(
    due.filter((key) => !got.has(key)),
    'missing',
  ).toEqual([])
  const known = new Set(all.map(({ key }) => key))
  expect(
    returned.filter((key) => !known.has(key)),
    'unknown',
  ).toEqual([])
  const repeated = returned.filter((key, index) => returned.indexOf(key) !== index)
  // A walk that goes on over other lists does so by time, and entries of that instant may come again.
  const isSplit = lists === 'whole' && failures.some(({ fault }) => mayRefuse(fault))
  const instants = all.map(({ createdAt }) => createdAt)
  const isAlone = (createdAt: string) => instants.indexOf(createdAt) === instants.lastIndexOf(createdAt)
  const instantOf = new Map(all.map(({ key, createdAt }) => [key, createdAt]))
  expect(isSplit ? repeated.filter((key) => isAlone(instantOf.get(key)!)) : repeated, 'repeated').toEqual([])
}
