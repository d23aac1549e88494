import { useQuery } from '@apollo/client/react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { cursorOf, failedProviders, isStalled, newestFirst, readNextPage } from '../../partial/paging.ts'
import { FailureBanner } from './FailureBanner.tsx'
import { formatMoney } from './money.ts'
import { ENTRIES, type Entry, PROVIDERS } from './queries.ts'

const PAGE_SIZE = 20
const NEWER_EVERY_MS = 15_000
const MOST_NEWER_PAGES = 10

/** The list of a filter, with the functions that add pages at both ends of it. */
function useEntries(provider: string) {
  const filter = provider ? { providers: [provider] } : null
  const { data, error, refetch, fetchMore } = useQuery(ENTRIES, { variables: { first: PAGE_SIZE, filter } })
  const list = data?.transactions

  /** Adds the next page. Returns false when only failing providers have more entries. */
  async function loadOlder(signal: AbortSignal): Promise<boolean> {
    const after = list ? cursorOf(list) : null
    const read = async (cursor: string | null) => {
      const answer = await fetchMore({ variables: { first: PAGE_SIZE, after: cursor } })
      if (!answer.data) throw answer.error
      return answer.data.transactions
    }
    return !isStalled(await readNextPage(read, after, { signal }), after)
  }

  const startCursor = list?.pageInfo.startCursor || null
  /** Adds what has arrived since the list was opened. */
  const loadNewer = useCallback(async () => {
    if (!startCursor) return void (await refetch())
    const readBefore = async (cursor: string) =>
      (await fetchMore({ variables: { first: null, last: PAGE_SIZE, before: cursor } })).data?.transactions
    let before = startCursor
    for (let pages = 0; pages < MOST_NEWER_PAGES; pages++) {
      const page = await readBefore(before)
      if (!page?.pageInfo.hasPreviousPage || page.edges.length === 0) return
      before = page.pageInfo.startCursor ?? before
    }
  }, [startCursor, fetchMore, refetch])

  // Newer pages say nothing about entries that a provider did not send with the first page.
  const isComplete = list !== undefined && failedProviders(list).length === 0
  return { list, error, refetch, loadOlder, loadNewer, isComplete }
}

export function Entries() {
  const [provider, setProvider] = useState('')
  const providers = useQuery(PROVIDERS).data?.providers.filter(({ configured }) => configured) ?? []
  return (
    <section aria-label="Entries">
      <h2>Entries</h2>
      <label>
        Provider{' '}
        <select value={provider} onChange={({ target }) => setProvider(target.value)}>
          <option value="">all</option>
          {providers.map(({ provider: name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <EntryList key={provider} provider={provider} />
    </section>
  )
}

function EntryList({ provider }: { readonly provider: string }) {
  const { list, error, refetch, loadOlder, loadNewer, isComplete } = useEntries(provider)
  const [problem, setProblem] = useState('')
  const [isBusy, setBusy] = useState(false)
  const leave = useRef(new AbortController())

  /** Runs one request at a time, and shows why it failed. */
  const run = useCallback(async (action: () => Promise<unknown>) => {
    setBusy(true)
    setProblem('')
    try {
      await action()
    } catch (reason) {
      if (!leave.current.signal.aborted) setProblem(String(reason))
    } finally {
      setBusy(false)
    }
  }, [])

  useEffect(() => {
    const controller = new AbortController()
    leave.current = controller
    return () => controller.abort()
  }, [])

  useEffect(() => {
    const timer = setInterval(() => {
      if (!isBusy && isComplete) void run(loadNewer)
    }, NEWER_EVERY_MS)
    return () => clearInterval(timer)
  }, [isBusy, isComplete, run, loadNewer])

  async function showOlder() {
    if (!(await loadOlder(leave.current.signal))) setProblem('The other providers have no more entries.')
  }

  if (!list) return <p role="status">{error ? error.message : 'Loading …'}</p>
  const entries = newestFirst(list.edges.flatMap(({ node }) => node ?? []))
  return (
    <>
      <FailureBanner sources={list.sources} onRetry={() => run(refetch)} />
      {(problem || error) && <p role="alert">{problem || error?.message}</p>}
      <button type="button" disabled={isBusy} onClick={() => run(isComplete ? loadNewer : refetch)}>
        Newer
      </button>
      <table>
        <tbody>
          {entries.map((entry) => (
            <EntryRow key={entry.id} entry={entry} />
          ))}
        </tbody>
      </table>
      {list.pageInfo.hasNextPage && (
        <button type="button" disabled={isBusy} onClick={() => run(showOlder)}>
          Older
        </button>
      )}
    </>
  )
}

function EntryRow({ entry }: { readonly entry: Entry }) {
  const sign = entry.direction === 'DEBIT' ? '−' : ''
  return (
    <tr data-id={entry.id}>
      <td>{new Date(entry.createdAt).toLocaleString()}</td>
      <td>{entry.provider}</td>
      <td>{entry.label}</td>
      <td>{entry.accounts.map(({ displayName }) => displayName).join(' → ')}</td>
      <td>{entry.status}</td>
      <td>{sign + formatMoney(entry.amount)}</td>
    </tr>
  )
}
