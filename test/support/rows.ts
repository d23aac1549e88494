import type { Row } from '../../src/ledger/ledger.ts'

/** The parts of a row, which the row itself reads only when they are needed. */
export const partsOf = <T>({ id, instant, value }: Row<T>) => ({ id, instant, value })
