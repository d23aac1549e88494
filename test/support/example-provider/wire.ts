import type { UpstreamErrorContext } from '../../../src/errors.ts'
import type { Row } from '../../../src/ledger/ledger.ts'
import {
  FieldError,
  readDecimal,
  readFlag,
  readIdentifier,
  readInstant,
  readList,
  readOptionalWord,
  readWord,
} from '../../../src/upstream/fields.ts'
import { type JsonObject, readAnswer, readRowWithInstant, textAt } from '../../../src/upstream/wire.ts'
import type { ParsedInstant } from '../../../src/values/instant.ts'

/** An entry as Example sent it, its fields checked. */
export interface ExampleRow {
  readonly id: string
  /** A whole number of minor units, e.g. pence. */
  readonly value: string
  readonly currency: string
  readonly kind: string
  readonly state: string
  readonly memo: string | null
  readonly at: ParsedInstant
  readonly raw: unknown
}

function readMinorUnits(value: unknown, field: string): string {
  const units = readDecimal(value, field)
  if (!units.includes('.')) return units
  throw new FieldError(field, 'expected a whole number of minor units')
}

const readEntryRow = (row: JsonObject): ExampleRow => ({
  id: readIdentifier(row.id, 'id'),
  value: readMinorUnits(row.value, 'value'),
  currency: readWord(row.currency, 'currency'),
  kind: readWord(row.kind, 'kind'),
  state: readWord(row.state, 'state'),
  memo: readOptionalWord(row.memo, 'memo'),
  at: readInstant(row.at, 'at'),
  raw: row,
})

export interface ExamplePage {
  readonly rows: readonly Row<ExampleRow>[]
  /** True when entries follow the page. */
  readonly hasMore: boolean
}

/** @throws {UpstreamResponseError} when the answer holds no list */
export function readEntries(json: unknown, fault: UpstreamErrorContext): ExamplePage {
  const readEnvelope = (page: JsonObject) => ({
    entries: readList(page.entries, 'entries'),
    hasMore: readFlag(page.has_more, 'has_more'),
  })
  const { entries, hasMore } = readAnswer(json, readEnvelope, fault)
  return { rows: entries.map((raw) => readRowWithInstant(raw, readEntryRow, fault, 'at')), hasMore }
}

/** @throws {UpstreamResponseError} when the answer is no entry */
export function readEntry(json: unknown, fault: UpstreamErrorContext): ExampleRow {
  return readAnswer(json, readEntryRow, fault, textAt(json, 'id'))
}
