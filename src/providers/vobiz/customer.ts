import { type GraphQLResolveInfo, getNamedType, isObjectType } from 'graphql'
import type { Connection } from '../../connection/connection.ts'
import { selectedGroupings } from '../../graphql/groups.ts'
import { argumentsOf, type SelectedField, type SelectionInfo, selectedFields } from '../../graphql/selection.ts'
import { idOnlyCustomer, type VobizCustomerRecord } from './account.ts'
import type { VobizSession } from './session.ts'
import type { VobizTransactionRecord } from './transaction.ts'

type Ledger = Connection<VobizTransactionRecord>

/** A customer with the ledgers that are open already, by the response key of the field that selects them. */
export interface OpenedCustomer extends VobizCustomerRecord {
  readonly opened?: ReadonlyMap<string | number, Ledger>
}

/** The parts of a customer that a selection reads. */
interface CustomerSelection {
  /** The selections of its ledger; those with pages first, since totals and sums come with a page. */
  readonly ledgers: readonly SelectedField[]
  readonly hasBalance: boolean
  /** True when a field is selected that only the customer's account answers. */
  readonly needsAccount: boolean
}

const ANSWERED_BY_ID = ['__typename', 'id', 'provider', 'authId']
const PAGE_FIELDS = ['edges', 'nodes', 'pageInfo']
const SUM_FIELDS = ['summary', 'byReferenceType']

const includesAny = (fields: readonly SelectedField[], names: readonly string[]) =>
  fields.some(({ name }) => names.includes(name))

/** Analyses a selection of a customer. */
function customerSelection(info: SelectionInfo): CustomerSelection {
  const fields = selectedFields(info)
  const hasPage = (field: SelectedField) => includesAny(selectedFields(below(info, field)), PAGE_FIELDS)
  const ledgers = fields.filter(({ name }) => name === 'transactions')
  return {
    ledgers: [...ledgers.filter(hasPage), ...ledgers.filter((field) => !hasPage(field))],
    hasBalance: includesAny(fields, ['balance']),
    needsAccount: fields.some(({ name }) => ![...ANSWERED_BY_ID, 'transactions', 'balance'].includes(name)),
  }
}

/** Returns a field of a customer by its name. */
function fieldOf(info: SelectionInfo, name: string) {
  const type = getNamedType(info.returnType)
  return isObjectType(type) ? type.getFields()[name]! : null
}

/** Returns the selection below one field of a customer. */
const below = (info: SelectionInfo, { name, nodes }: SelectedField): SelectionInfo => ({
  schema: info.schema,
  fragments: info.fragments,
  variableValues: info.variableValues,
  returnType: fieldOf(info, name)!.type,
  fieldNodes: nodes,
})

/**
 * Reads the part of a ledger that its selection is going to read first: its page, or else its total or its sums. Sums in
 * groups begin with a page, which they share when they are read together.
 */
async function readLedger(ledger: Ledger, info: SelectionInfo): Promise<void> {
  const fields = selectedFields(info)
  const [grouping] = selectedGroupings(info)
  const hasPage = includesAny(fields, PAGE_FIELDS)
  if (grouping) await Promise.all([ledger.sumsBy(grouping), hasPage ? ledger.page() : null])
  else if (hasPage) await ledger.page()
  else if (includesAny(fields, ['totalCount'])) await ledger.totalCount()
  else if (includesAny(fields, SUM_FIELDS)) await ledger.summary()
}

/**
 * Resolves a customer; null when the partner has none with this auth id. Unless a field is selected that only the account
 * answers, the selected ledger or balance is read instead: its rows prove that the customer exists, and 404 that there is
 * none. The account is read when that proves nothing: the ledger is empty, its arguments are invalid, or it cannot be read.
 *
 * @param open opens a ledger as its field would; a field of the customer finds it again in `opened`
 */
export async function resolveCustomer(
  session: VobizSession,
  authId: string,
  info: GraphQLResolveInfo,
  open: (args: Readonly<Record<string, unknown>>, info: SelectionInfo) => Ledger,
): Promise<OpenedCustomer | null> {
  const { ledgers, hasBalance, needsAccount } = customerSelection(info)
  if (needsAccount || (ledgers.length === 0 && !hasBalance)) return session.customer(authId)
  const opened = new Map<string, Ledger>()
  const [first] = ledgers
  if (first !== undefined) {
    const selection = below(info, first)
    try {
      const args = argumentsOf(first, fieldOf(info, first.name)!, info.variableValues)
      const ledger = open(args, selection)
      opened.set(first.responseKey, ledger)
      await readLedger(ledger, selection)
    } catch {
      // The field of the ledger reports the failure itself, if there is such a customer.
    }
  }
  const isKnown = session.isKnownCustomer(authId)
  if (isKnown === false) return null
  const isProven = isKnown === true || (hasBalance && (await hasReadableBalance(session, authId)))
  const customer = isProven ? idOnlyCustomer(authId) : await session.customer(authId)
  // A balance that was read by itself is shown, or its failure, also when the account has one.
  const listedBalance = hasBalance ? null : (customer?.listedBalance ?? null)
  return customer && { ...customer, listedBalance, opened }
}

const hasReadableBalance = (session: VobizSession, authId: string): Promise<boolean> =>
  session.balance(authId).then(
    (balance) => balance !== null,
    () => false,
  )
