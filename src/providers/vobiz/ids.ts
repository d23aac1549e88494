/** Returns true when a text can be the id of a ledger entry, documented as UUIDs. */
export const isEntryId = (text: string): boolean => /^[\x20-\x7e]{1,128}$/.test(text)
