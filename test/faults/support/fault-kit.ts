import type { Sandbox } from '../../../src/sandbox/server.ts'
import type { Fault } from './faults.ts'

/** A path in an answer; `*` matches every item of a list. */
export type Path = readonly (string | number)[]

/** A replacement for the value at a path of an answer. */
export type Edit = readonly [path: Path, value: unknown]

/** A document, and how its answer changes when an operation fails or finds nothing. */
export interface FaultDocument {
  readonly name: string
  readonly text: string
  /** True when it leaves out the entries of a failing provider, false when it fails. */
  readonly isPartial?: true
  /** True for `transactions`, whose failure is one error. */
  readonly isUnified?: true
  /** The operations that it meets all faults with; others it meets with the typical ones. */
  readonly home: readonly string[]
  /** By operation: the differences in the answer when the object does not exist. */
  readonly absent?: Readonly<Record<string, readonly Edit[]>>
  /** The differences in the answer when the provider does not offer its optional operation. */
  readonly refused?: readonly Edit[]
  /** Operations that only save requests: other operations replace them when they fail. */
  readonly spared?: readonly string[]
  /** Operations that others replace when their answer is not as documented. */
  readonly replaced?: readonly string[]
  /** Operations whose answer all of it depends on, also one that says "not found". */
  readonly needed?: readonly string[]
  /** Operations for objects that the provider has just listed, so that "not found" is a failure. */
  readonly listed?: readonly string[]
  /**
   * Operations whose answer is kept for the next documents. It is read again after it has failed, and after the provider did not
   * find one of the objects in it.
   */
  readonly kept?: readonly string[]
  /** The optional operation that the provider refuses from the start. */
  readonly refusing?: string
}

/** How the documents of one provider answer when one of its operations fails. */
export interface FaultKit<Upstream extends Sandbox = Sandbox> {
  /** The statuses that mean "not found", and the operations that they apply to. */
  readonly notFound: { readonly statuses: readonly number[]; readonly operations: readonly string[] }
  /** The operation that the provider does not offer to everybody, and the faults that say so. */
  readonly optional: { readonly operation: string; isRefusal(fault: Fault): boolean } | null
  /**
   * The operations that the unified list needs: over all accounts, and over the first few. The lists of those few have no
   * entry in common.
   */
  readonly unified: {
    readonly all: readonly string[]
    readonly ofAccounts: readonly string[]
    readonly accounts: number
  }
  /** By field of a row: a value that makes the row invalid. The secret must be in it. */
  invalidFields(secret: string): Readonly<Record<string, unknown>>
  /**
   * Returns documents that lead to every operation, by every root field of the provider.
   *
   * @param idOf returns the global id of the first object of a root list, as a GraphQL string
   */
  documents(sandbox: Upstream, idOf: (list: string) => string): readonly FaultDocument[]
}

/** The day of the entries in the sandboxes, and a timestamp for each of their turns. */
export const FAULT_DAY = '2026-03-10'

export const MONEY = '{ amount currency }'

/** Returns the unified list under both failure policies. */
export const unifiedDocuments = (
  name: string,
  args: string,
  rest: Pick<FaultDocument, 'home' | 'refusing' | 'needed' | 'listed' | 'kept'>,
): readonly FaultDocument[] =>
  (['FAIL', 'PARTIAL'] as const).map((policy) => ({
    name: `${name} ${policy}`,
    isUnified: true,
    ...(policy === 'PARTIAL' && { isPartial: true }),
    text: `{ transactions(first: 50${args}, onProviderFailure: ${policy}) {
      totalCount
      nodes { provider providerId createdAt amount ${MONEY} }
      sources { provider totalCount error { code message } }
      pageInfo { hasNextPage hasPreviousPage }
    } }`,
    ...rest,
  }))

/** Returns the edits at a path further up. */
export const below = (path: Path, edits: readonly Edit[]): readonly Edit[] =>
  edits.map(([rest, value]) => [[...path, ...rest], value])

/** The differences in a connection that has become empty. */
export const EMPTY_LIST: readonly Edit[] = [
  [['totalCount'], 0],
  [['nodes'], []],
]
