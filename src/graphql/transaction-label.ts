import type { TransactionRecord } from '../ledger/transaction.ts'

/** Maximum number of characters of a label. */
export const MAX_LABEL_CHARACTERS = 200

/** Characters of a text that are looked at: enough for a label after white space is reduced. */
const MAX_READ = 5 * MAX_LABEL_CHARACTERS

/** Returns a text on one line, without white space at its ends; null when nothing is left. */
function lineOf(text: string | null | undefined): string | null {
  const line = (text ?? '')
    .slice(0, MAX_READ)
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return line === '' ? null : line
}

/** Returns a text of at most `MAX_LABEL_CHARACTERS`; the last of a longer one is an ellipsis. */
function shortened(text: string): string {
  const characters = [...text]
  if (characters.length <= MAX_LABEL_CHARACTERS) return text
  return `${characters.slice(0, MAX_LABEL_CHARACTERS - 1).join('')}…`
}

/** Returns an enum value in words: `CARD_SPEND` is "Card spend". */
function wordsOf(value: string | null): string | null {
  const words = value?.toLowerCase().replaceAll('_', ' ')
  return words === undefined ? null : words.charAt(0).toUpperCase() + words.slice(1)
}

type LabelledEntry = Pick<TransactionRecord, 'description' | 'reference' | 'category' | 'providerType' | 'provider'>

/** Returns a text for people that says what an entry is; never empty. */
export function labelOf({ description, reference, category, providerType, provider }: LabelledEntry): string {
  const text = lineOf(description) ?? lineOf(reference) ?? wordsOf(category) ?? lineOf(providerType) ?? provider
  return shortened(text)
}
