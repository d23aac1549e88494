/** The part of `pageInfo` that a walk reads; a query may leave out the fields of the other direction. */
interface WalkedPageInfo {
  readonly hasNextPage?: boolean
  readonly hasPreviousPage?: boolean
  readonly endCursor?: string | null
  readonly startCursor?: string | null
}

interface WalkedPage {
  readonly pageInfo: WalkedPageInfo
}

/** More pages than any test needs. A walk that exceeds them is reported as endless. */
const MAX_PAGES = 10_000

/**
 * Reads a connection page by page, from one end to the other, and yields each page.
 *
 * @param read reads the page behind a cursor; the first page for null
 * @throws when there is another page but no new cursor for it, and when the walk does not end
 */
export async function* walkPages<Page extends WalkedPage>(
  read: (cursor: string | null) => Promise<Page>,
  direction: 'forward' | 'backward' = 'forward',
): AsyncGenerator<Page, void, undefined> {
  let cursor: string | null = null
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page: Page = await read(cursor)
    yield page
    const { hasNextPage, hasPreviousPage, endCursor, startCursor } = page.pageInfo
    const [hasMore, next] = direction === 'forward' ? [hasNextPage, endCursor] : [hasPreviousPage, startCursor]
    if (!hasMore) return
    if (!next || next === cursor) throw new Error(`another page follows, but the cursor for it is ${next}`)
    cursor = next
  }
  throw new Error(`the walk has not ended after ${MAX_PAGES} pages`)
}

/** Returns the rows of all pages, in the order of the walk. */
export async function collectRows<Row, Page extends WalkedPage>(
  read: (cursor: string | null) => Promise<Page>,
  rowsOf: (page: Page) => readonly Row[],
): Promise<Row[]> {
  const rows: Row[] = []
  for await (const page of walkPages(read)) rows.push(...rowsOf(page))
  return rows
}
