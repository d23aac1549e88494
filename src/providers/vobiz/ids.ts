/** The form of auth ids, for errors. Vobiz documents examples only, such as MA_XXXXXXXX. */
export const AUTH_ID_FORM = '1 to 64 letters, digits, "_" or "-"'

/** Returns true when a text can be an auth id. Nothing else becomes part of an address. */
export const isAuthId = (text: string): boolean => /^[\w-]{1,64}$/.test(text)

/** Returns true when a text can be the id of a ledger entry, documented as UUIDs. */
export const isEntryId = (text: string): boolean => /^[\x20-\x7e]{1,128}$/.test(text)
