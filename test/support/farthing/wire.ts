import { z } from 'zod'
import type { UpstreamErrorContext } from '../../../src/errors.ts'
import type { Row } from '../../../src/ledger/ledger.ts'
import {
  identifier,
  optionalWord,
  parsedNumber,
  parsedText,
  readAnswer,
  readRow,
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

/** An entry as Farthing sent it, its fields checked. */
export type FarthingRow = z.infer<typeof entryRow> & { readonly raw: unknown }

const answer = z.looseObject({ entries: z.array(z.unknown(), { error: 'expected an array' }) })

/** @throws {UpstreamResponseError} when the answer holds no list */
export function readEntries(json: unknown, fault: UpstreamErrorContext): readonly Row<FarthingRow>[] {
  return readAnswer(json, answer, fault).entries.map((raw) => {
    const { id, value } = readRow(raw, entryRow, fault)
    const instant = parseInstant(textAt(raw, 'at') ?? '')?.instant ?? null
    return { id, instant, value: value instanceof Error ? value : { ...value, raw } }
  })
}

/** @throws {UpstreamResponseError} when the answer is no entry */
export function readEntry(json: unknown, fault: UpstreamErrorContext): FarthingRow {
  return { ...readAnswer(json, entryRow, fault, textAt(json, 'id')), raw: json }
}
