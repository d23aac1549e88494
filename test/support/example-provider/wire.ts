import { z } from 'zod'
import type { UpstreamErrorContext } from '../../../src/errors.ts'
import type { Row } from '../../../src/ledger/ledger.ts'
import {
  identifier,
  optionalWord,
  parsedNumber,
  parsedText,
  readAnswer,
  readRowWithInstant,
  textAt,
  word,
} from '../../../src/upstream/wire.ts'
import { parseDecimal } from '../../../src/values/decimal.ts'
import { parseInstant } from '../../../src/values/instant.ts'

const entryRow = z.looseObject({
  id: identifier,
  value: parsedNumber(parseDecimal, 'expected a decimal number'),
  currency: word,
  kind: word,
  state: word,
  memo: optionalWord,
  at: parsedText(parseInstant, 'expected an RFC 3339 date-time'),
})

/** An entry as Example sent it, its fields checked. */
export type ExampleRow = z.infer<typeof entryRow> & { readonly raw: unknown }

const answer = z.looseObject({
  entries: z.array(z.unknown(), { error: 'expected an array' }),
  has_more: z.boolean({ error: 'expected true or false' }),
})

export interface ExamplePage {
  readonly rows: readonly Row<ExampleRow>[]
  /** True when entries follow the page. */
  readonly hasMore: boolean
}

/** @throws {UpstreamResponseError} when the answer holds no list */
export function readEntries(json: unknown, fault: UpstreamErrorContext): ExamplePage {
  const { entries, has_more: hasMore } = readAnswer(json, answer, fault)
  const rows = entries.map((raw) => {
    const { id, instant, value } = readRowWithInstant(raw, entryRow, fault, 'at')
    return { id, instant, value: value instanceof Error ? value : { ...value, raw } }
  })
  return { rows, hasMore }
}

/** @throws {UpstreamResponseError} when the answer is no entry */
export function readEntry(json: unknown, fault: UpstreamErrorContext): ExampleRow {
  return { ...readAnswer(json, entryRow, fault, textAt(json, 'id')), raw: json }
}
