import { PROVIDERS } from '../../../src/gateway.ts'
import type { Sandbox } from '../../../src/sandbox/server.ts'
import { KITS, withKits } from '../../support/kits.ts'
import { firstIds } from '../../support/root-lists.ts'
import type { UpstreamOperation } from '../../support/upstream-operations.ts'
import { type Edit, FAULT_DAY, type FaultDocument, type Path, unifiedDocuments } from './fault-kit.ts'
import { startFaultyGateway } from './faulty-gateway.ts'

/** An operation of one of the registered providers. */
export interface ProviderOperation extends UpstreamOperation {
  readonly provider: string
}

/** Every operation of the registered providers. */
export const OPERATIONS: readonly ProviderOperation[] = [...KITS].flatMap(([provider, { operations }]) =>
  operations.map((operation) => ({ ...operation, provider })),
)

/** A document of one provider, or of the unified list. */
export interface ProviderDocument extends FaultDocument {
  readonly provider: string | null
}

/** The sandboxes of all registered providers, with a few entries. */
export interface FaultWorld {
  readonly sandboxes: ReadonlyMap<string, Sandbox>
  close(): Promise<void>
}

/** The number of entries of each provider. */
const TURNS = 6

/** Starts the sandboxes; the entries of the providers take turns, minute by minute. */
export async function startFaultWorld(): Promise<FaultWorld> {
  const sandboxes = new Map(
    await Promise.all(
      PROVIDERS.map(async (provider) => [provider.name, await provider.startSandbox({ data: 'empty' })] as const),
    ),
  )
  const start = Date.parse(`${FAULT_DAY}T00:00:00Z`)
  for (const [index, { sandbox, kit }] of withKits(sandboxes).entries()) {
    const minutes = Array.from({ length: TURNS }, (_, turn) => turn * PROVIDERS.length + index)
    kit.fill(
      sandbox,
      minutes.map((minute) => new Date(start + minute * 60_000).toISOString()),
    )
  }
  return {
    sandboxes,
    async close() {
      await Promise.all([...sandboxes.values()].map((sandbox) => sandbox.close()))
    },
  }
}

/** Returns documents that lead to every operation, by every root field. */
export async function documentsFor({ sandboxes }: FaultWorld): Promise<readonly ProviderDocument[]> {
  const at = await startFaultyGateway(sandboxes)
  const ids = await firstIds(at.ask)
  await at.close()
  const all = withKits(sandboxes)
  const filter = all.flatMap(({ provider, sandbox, kit }) => {
    const field = PROVIDERS.find(({ name }) => name === provider)!.accountFilter?.field
    return field === undefined
      ? []
      : [`${field}: ${JSON.stringify(kit.accountsOf(sandbox).slice(0, kit.faults.unified.accounts))}`]
  })
  const unified = [
    ...unifiedDocuments('transactions', '', { home: all.flatMap(({ kit }) => kit.faults.unified.all) }),
    ...unifiedDocuments('transactions of accounts', `, filter: { ${filter.join(', ')} }`, {
      home: all.flatMap(({ kit }) => kit.faults.unified.ofAccounts),
    }),
  ]
  const own = all.flatMap(({ provider, sandbox, kit }) =>
    kit.faults
      .documents(sandbox, (list) => JSON.stringify(ids.get(list)))
      .map((document) => ({ ...document, provider })),
  )
  return [...unified.map((document) => ({ ...document, provider: null })), ...own]
}

/** Returns a copy of an answer's data with other values at some paths, as far as those exist. */
export function edited(data: unknown, edits: readonly Edit[]): unknown {
  return edits.reduce((result, [path, value]) => editedAt(result, path, value), data)
}

function editedAt(data: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value
  if (data === null || typeof data !== 'object') return data
  if (Array.isArray(data)) {
    return data.map((item, index) => (key === '*' || key === index ? editedAt(item, rest, value) : item))
  }
  const record = data as Readonly<Record<string, unknown>>
  return key in record ? { ...record, [key]: editedAt(record[key], rest, value) } : data
}

/** Returns the value at a path; undefined when the path is below something that is null. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | null | undefined)?.[key],
    data,
  )
}
