import { InvalidArgumentError } from '../errors.ts'
import { decodeGlobalId, type NodeTypes } from './node.ts'

/** The ids of one provider's accounts. */
export interface AccountIds {
  /** The GraphQL type of the accounts; its global ids hold the provider's own as their locator. */
  readonly typename: string
  /** Returns true when a text can be the provider's own id of an account; nothing else is sent to the provider. */
  isId(text: string): boolean
  /** The form of such an id, for errors, as in "expected …". */
  readonly idForm: string
}

/** A field of `TransactionFilter` that takes accounts of one provider. */
export interface AccountFilter extends AccountIds {
  readonly field: string
  readonly description: string
}

/** The field that takes accounts of all providers. */
export const ACCOUNTS = 'accounts'

/** Maximum number of ids in one account filter; each may be a list of its own to read. */
export const MAX_ACCOUNTS = 100

/** The names of all types that have global ids. */
export type KnownTypes = Pick<NodeTypes, 'has'>

/** The fields of a filter that may name accounts. */
type AccountFields = Readonly<Record<string, unknown>>

/** @throws {InvalidArgumentError} when there are more than `MAX_ACCOUNTS` ids */
function assertCount(field: string, ids: readonly unknown[]): void {
  if (ids.length <= MAX_ACCOUNTS) return
  throw new InvalidArgumentError(
    `Filter "${field}" takes at most ${MAX_ACCOUNTS} ids; got ${ids.length}. Request the others in further operations.`,
  )
}

/** Returns the object that a text is the global id of; null for any other text, such as a provider's own id. */
function nodeOf(id: string, nodeTypes: KnownTypes) {
  const node = decodeGlobalId(id)
  return node !== null && nodeTypes.has(node.typename) ? node : null
}

/**
 * Returns the provider's own id of an account.
 *
 * @param label the field or argument for errors, as in `Filter "things"`
 * @param id the same id, or the account's global id
 * @throws {InvalidArgumentError} when it is neither
 */
export function accountIdOf(
  label: string,
  { typename, isId, idForm }: AccountIds,
  id: string,
  nodeTypes: KnownTypes,
): string {
  const node = nodeOf(id, nodeTypes)
  const isOfOtherKind = node !== null && node.typename !== typename
  const ownId = node?.locator ?? id
  if (!isOfOtherKind && isId(ownId)) return ownId
  const given = isOfOtherKind ? `an id of ${node.typename}` : 'something else'
  throw new InvalidArgumentError(`${label} takes global ids of ${typename}, or ids of ${idForm}; got ${given}.`)
}

/**
 * Returns the own ids of accounts of all providers, by the field of their provider.
 *
 * @param ids global ids
 * @throws {InvalidArgumentError} when one of them is not the global id of an account
 */
function accountsByField(
  ids: readonly string[],
  accountFilters: readonly AccountFilter[],
  nodeTypes: KnownTypes,
): ReadonlyMap<string, readonly string[]> {
  assertCount(ACCOUNTS, ids)
  const found = ids.map((id) => {
    const node = nodeOf(id, nodeTypes)
    const owner = accountFilters.find(({ typename }) => node?.typename === typename)
    if (node && owner?.isId(node.locator)) return { field: owner.field, id: node.locator }
    const expected = accountFilters.map(({ typename }) => typename).join(' or ')
    const given = node === null || owner ? 'something else' : `an id of ${node.typename}`
    throw new InvalidArgumentError(`Filter "${ACCOUNTS}" takes global ids of ${expected}; got ${given}.`)
  })
  const groups = Map.groupBy(found, ({ field }) => field)
  return new Map([...groups].map(([field, accounts]) => [field, accounts.map(({ id }) => id)]))
}

/**
 * Returns a filter whose accounts are all in the fields of their providers, by the providers' own ids. An empty list of
 * accounts of all providers becomes one of each provider, unless the filter names accounts elsewhere.
 *
 * @throws {InvalidArgumentError} when a field has too many ids, or one that is not the id of an account
 */
export function withOwnAccountIds<F extends AccountFields>(
  filter: F,
  accountFilters: readonly AccountFilter[],
  nodeTypes: KnownTypes,
): Omit<F, typeof ACCOUNTS> {
  const { [ACCOUNTS]: all, ...others } = filter
  const byField = Array.isArray(all) ? accountsByField(all, accountFilters, nodeTypes) : null
  const fields = accountFilters.flatMap((accountFilter): [string, readonly string[]][] => {
    const { field } = accountFilter
    const own = others[field]
    const fromAll = byField?.get(field) ?? []
    if (!Array.isArray(own)) return fromAll.length === 0 ? [] : [[field, fromAll]]
    assertCount(field, own)
    return [
      [field, [...own.map((id) => accountIdOf(`Filter "${field}"`, accountFilter, String(id), nodeTypes)), ...fromAll]],
    ]
  })
  const isNone = byField !== null && fields.length === 0
  const named = isNone ? accountFilters.map(({ field }): [string, readonly string[]] => [field, []]) : fields
  return { ...others, ...Object.fromEntries(named) }
}

/** Returns the accounts to which a filter confines the entries of a provider; null for all. */
export function accountsOf(filter: AccountFields, accountFilter: AccountFilter | null): readonly string[] | null {
  return ((accountFilter && filter[accountFilter.field]) ?? null) as readonly string[] | null
}
