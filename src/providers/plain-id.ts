/** The form of a plain id, for errors. */
export const PLAIN_ID_FORM = '1 to 64 letters, digits, "_" or "-"'

/**
 * Returns true for text that can be an id and needs no encoding in a path. For providers whose documentation shows ids of
 * this form without defining it, nothing else becomes part of an address.
 */
export const isPlainId = (text: string): boolean => /^[\w-]{1,64}$/.test(text)
