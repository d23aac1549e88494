import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PROVIDERS } from '../../src/gateway.ts'
import type { Sandbox } from '../../src/sandbox/server.ts'
import type { FaultKit } from '../faults/support/fault-kit.ts'
import type { UpstreamOperation } from './upstream-operations.ts'

/** Real values for arguments, by the name of an argument, or by `field.argument` where fields differ. */
export type ArgumentValues = Readonly<Record<string, readonly string[]>>

/** An object of the schema. */
export interface KitObject {
  readonly typename: string
  /** Its part of the global id. */
  readonly locator: string
  /** Its keys beside the global id, by field. */
  readonly keys: Readonly<Record<string, string>>
}

/** A list, and the list key in its cursors. */
export interface KitList {
  readonly field: string
  readonly args: string
  readonly key: string
}

/** An entry of the sandbox, with the values that filters compare. */
export interface KitEntry {
  readonly id: string
  readonly direction: string | null
  /** Returns the direction as seen from accounts; left out where it is the same from everywhere. */
  readonly directionSeenFrom?: (accounts: readonly string[]) => string | null
  readonly status: string | null
  readonly affectsBalance: boolean
  /** The category that it shows. */
  readonly category: string | null
  /** The categories that select it; none or one. */
  readonly categories: readonly (string | null)[]
  readonly currency: string
  readonly amount: number
  readonly reference: string | null
  readonly createdAt: string
  readonly accounts: readonly string[]
  /** The lists that contain it: the one over all accounts, those of its own accounts, or both. */
  readonly lists: readonly ('all' | 'account')[]
}

/** A row of the sandbox, and the texts in answers that only callers with access to one of its accounts may see. */
export interface KitRow {
  readonly accounts: readonly string[]
  readonly texts: readonly string[]
  readonly row: object
}

/**
 * What the tests over all providers have to know about one of them, beside its sandbox. It is the export `kit` of
 * `test/providers/<name>/kit.ts`.
 */
export interface ProviderKit<Upstream extends Sandbox = Sandbox> {
  /** Every operation of its API, and of its further hosts, that the gateway uses. */
  readonly operations: readonly UpstreamOperation[]
  /** The fault matrix: how its documents answer when one of its operations fails. */
  readonly faults: FaultKit<Upstream>
  /** Adds several accounts, if it has any, and one entry at each timestamp; entries of all kinds, accounts in turn. */
  fill(sandbox: Upstream, timestamps: readonly string[]): void
  /** Puts texts that begin with the marker where the provider keeps what callers must not see. */
  plantSecrets(sandbox: Upstream, marker: string): void
  /** By name of a variable: a value that contains the secret and that the provider rejects at the start. */
  unusableVariables(secret: string): Readonly<Record<string, string>>
  /** Returns the secrets of the sandbox that are not in its environment, such as tokens that it issued. */
  secretsOf(sandbox: Upstream): readonly string[]
  /** Returns its accounts: those that grants and filters may name. Empty for a provider of one account. */
  accountsOf(sandbox: Upstream): readonly string[]
  /** Returns values of arguments and filters that only this provider has; of one account, or of any for null. */
  argumentsOf(sandbox: Upstream, account: string | null): ArgumentValues
  /** Returns one object of each of its types; of one account, or of any for null. The sandbox is not empty. */
  objectsOf(sandbox: Upstream, account: string | null): readonly KitObject[]
  /** Its root lists, each with the arguments and the list key of cursors that are forged for it. */
  readonly lists: readonly KitList[]
  /** Returns its entries with the values that filters compare, by the provider's contract tables. */
  entriesOf(sandbox: Upstream): readonly KitEntry[]
  /** Returns its entries and accounts. */
  rowsOf(sandbox: Upstream): readonly KitRow[]
}

async function loadKit(name: string): Promise<ProviderKit> {
  const url = new URL(`../providers/${name.toLowerCase()}/kit.ts`, import.meta.url)
  if (!existsSync(fileURLToPath(url))) {
    throw new Error(`${name} has no test kit. Write test/providers/${name.toLowerCase()}/kit.ts; see ProviderKit.`)
  }
  return (await import(url.href)).kit
}

/** The test kits of the registered providers, by the provider's name. */
export const KITS: ReadonlyMap<string, ProviderKit> = new Map(
  await Promise.all(PROVIDERS.map(async ({ name }) => [name, await loadKit(name)] as const)),
)

/** Returns the kit of each sandbox together with it. */
export const withKits = (sandboxes: ReadonlyMap<string, Sandbox>) =>
  [...sandboxes].map(([provider, sandbox]) => ({ provider, sandbox, kit: KITS.get(provider)! }))

/** Returns the argument values of all sandboxes; those of one name are joined. */
export function argumentsOf(sandboxes: ReadonlyMap<string, Sandbox>): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, readonly string[]>()
  for (const { sandbox, kit } of withKits(sandboxes)) {
    for (const [name, own] of Object.entries(kit.argumentsOf(sandbox, null))) {
      values.set(name, [...(values.get(name) ?? []), ...own])
    }
  }
  return values
}
