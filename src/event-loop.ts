/** The most rows that are processed in one turn of the event loop; completing a row of a page takes about 10 to 50 µs. */
const TURN_ROWS = 200

interface Waiter {
  readonly rows: number
  start(): void
}

const waiting: Waiter[] = []
/** Rows admitted in the current turn. */
let admitted = 0
let isScheduled = false

function onTurn(): void {
  isScheduled = false
  admitted = 0
  // The first is admitted whatever its size, so that every piece of work is admitted in the end.
  do {
    const next = waiting.shift()
    if (!next) return
    admitted += next.rows
    next.start()
  } while (admitted + (waiting[0]?.rows ?? 0) <= TURN_ROWS)
  schedule()
}

function schedule(): void {
  if (isScheduled) return
  isScheduled = true
  setImmediate(onTurn)
}

/**
 * Admits a piece of synchronous work to the current turn of the event loop, or postpones it. Call it right before the work.
 * Operations that share a read become ready at the same moment; without turns, the sum of their work would block all other
 * requests.
 *
 * @param rows the size of the work, in rows of a page
 * @returns null when the work may begin at once, otherwise a promise of its turn; turns are given in the order of the calls
 */
export function takeTurn(rows: number): Promise<void> | null {
  if (waiting.length === 0 && (admitted === 0 || admitted + rows <= TURN_ROWS)) {
    admitted += rows
    schedule()
    return null
  }
  return new Promise((resolve) => {
    waiting.push({ rows, start: resolve })
    schedule()
  })
}
