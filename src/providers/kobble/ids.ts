/** The form of ids, for errors. Kobble documents UUIDs. */
export const ID_FORM = '1 to 64 letters, digits, "_" or "-"'

/** Returns true when a text can be the id of a transaction or a wallet. Nothing else becomes part of an address. */
export const isKobbleId = (text: string): boolean => /^[\w-]{1,64}$/.test(text)
