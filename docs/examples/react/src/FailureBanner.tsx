interface Source {
  readonly provider: string
  readonly error?: { readonly code?: string; readonly retryAfterMs?: number | null | undefined } | null | undefined
}

/** Says which providers the list lacks, and offers to fetch it again. */
export function FailureBanner(props: { readonly sources: readonly Source[]; readonly onRetry: () => void }) {
  const failed = props.sources.filter(({ error }) => error)
  if (failed.length === 0) return null
  return (
    <div role="alert" className="failure">
      {failed.map(({ provider, error }) => (
        <p key={provider}>
          Entries of {provider} are missing ({error?.code}).
          {error?.retryAfterMs != null && ` It is asked again in ${Math.ceil(error.retryAfterMs / 1000)} s.`}
        </p>
      ))}
      <button type="button" onClick={props.onRetry}>
        Try again
      </button>
    </div>
  )
}
