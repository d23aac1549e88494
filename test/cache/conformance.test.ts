import { afterAll, expect, vi } from 'vitest'
import { MemoryStore } from '../../src/cache/memory-store.ts'
import type { Environment } from '../../src/config.ts'
import type { UpstreamServer } from '../../src/sandbox/server.ts'
import { kobbleTraits } from '../providers/kobble/conformance-traits.ts'
import { vobizTraits } from '../providers/vobiz/conformance-traits.ts'
import type { LedgerSubject, LedgerTraits } from '../support/ledger-conformance/suite.ts'
import { describeLedgerConformance } from '../support/ledger-conformance.ts'

const CACHE = { CACHE: 'memory', CACHE_OPEN_TTL_S: '3600' }
const stores = new Set<MemoryStore>()
let hits = 0
const realGet = MemoryStore.prototype.get
vi.spyOn(MemoryStore.prototype, 'get').mockImplementation(async function (this: MemoryStore, list, request) {
  stores.add(this)
  const lookup = await realGet.call(this, list, request)
  if (lookup.answer !== null) hits += 1
  return lookup
})

/** Empties all stores, as when the time of every answer is over. */
function expire(): void {
  for (const store of stores) void store.close()
}

/** Returns the server with kept answers expiring whenever its answers begin to differ. */
const expiringServer = (server: UpstreamServer): UpstreamServer =>
  new Proxy(server, {
    get(target, name) {
      if (name === 'fault' || name === 'clearFaults') expire()
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
    set(target, name, value) {
      if (name === 'beforeAnswer') expire()
      return Reflect.set(target, name, value, target)
    },
  })

/** Returns the subject with kept answers expiring with each change, so that what is read next has to be right. */
const expiringSubject = (subject: LedgerSubject): LedgerSubject => ({
  ...subject,
  server: expiringServer(subject.server),
  ids: (account) => subject.ids(account),
  add(entry) {
    expire()
    return subject.add(entry)
  },
  remove(id) {
    expire()
    subject.remove(id)
  },
  close: () => subject.close(),
})

type Traits = Omit<LedgerTraits, 'path'>

const cached = <T extends Traits>(traits: T): T => ({
  ...traits,
  keepsAnswers: true,
  start: async (environment?: Environment) => expiringSubject(await traits.start({ ...CACHE, ...environment })),
})

describeLedgerConformance('vobizTransactions with kept answers', {
  ...cached(vobizTraits(['MA_1'])),
  path: ['vobizTransactions'],
})
describeLedgerConformance('vobizTransactions of a period with kept answers', {
  ...cached(vobizTraits(['MA_1'])),
  path: ['vobizTransactions'],
  args: 'filter: { from: "2026-01-01", to: "2026-06-30" }',
})
describeLedgerConformance('kobbleTransactions with kept answers', {
  ...cached(kobbleTraits()),
  path: ['kobbleTransactions'],
})

afterAll(() => {
  expect(hits).toBeGreaterThan(100)
})
