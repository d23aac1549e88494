/** The rows of a contract table: the provider's value first, then the values of the entry. */
type ContractTable = readonly (readonly [value: string, mapped: string | null, ...rest: unknown[]])[]

/**
 * Returns the row of a contract table for a provider's value.
 *
 * @throws {RangeError} for a value that is not in the table
 */
export function contractRow<Table extends ContractTable>(table: Table, value: string): Table[number] {
  const row = table.find(([known]) => known === value)
  if (row === undefined) throw new RangeError(`The contract table has no row for ${JSON.stringify(value)}.`)
  return row
}

/**
 * Returns what a contract table maps a provider's value to.
 *
 * @throws {RangeError} for a value that is not in the table
 */
export const contractValue = (table: ContractTable, value: string): string | null => contractRow(table, value)[1]
