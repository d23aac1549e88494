import { describe, expect, it } from 'vitest'
import { collectRows } from '../pages.ts'
import { at, type ConformanceSuite } from './suite.ts'

interface Merged {
  readonly totalCount?: number | null
  readonly nodes: readonly { readonly provider: string; readonly providerId: string }[]
  readonly sources: readonly { readonly provider: string; readonly error: { readonly code: string } | null }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

const FIELDS = 'nodes { provider providerId } sources { provider error { code } } pageInfo { hasNextPage endCursor }'

/** Checks both failure policies of the list over all providers. */
export function describePolicies({ traits, subject }: ConformanceSuite): void {
  const { provider } = traits

  /** Adds entries of all providers in turn. Returns the ids of this provider's and of the others. */
  function fillAll(): { readonly own: readonly string[]; readonly others: readonly string[] } {
    const sandboxes = [...subject().gateway.sandboxes].filter(([name]) => name !== provider)
    for (let index = 0; index < 12; index++) {
      subject().add({ createdAt: at(index) })
      for (const [, sandbox] of sandboxes) sandbox.addEntry(at(index))
    }
    return { own: subject().ids(), others: sandboxes.flatMap(([, sandbox]) => sandbox.entryIds()) }
  }

  const ask = (policy: 'FAIL' | 'PARTIAL', after: string | null, fields = FIELDS) =>
    subject().gateway.query<{ transactions: Merged }>(
      `query($after: String) { transactions(first: 7, after: $after, onProviderFailure: ${policy}) { ${fields} } }`,
      { after },
    )

  async function readPartial(after: string | null, fields = FIELDS): Promise<Merged> {
    const { data, errors } = await ask('PARTIAL', after, fields)
    expect(errors).toEqual([])
    return data!.transactions
  }

  const fail = () => subject().server.fault({ kind: 'reply', reply: { status: 500 } })
  const sorted = (nodes: Merged['nodes']) => nodes.map(({ providerId }) => providerId).sort()
  const errorOf = ({ sources }: Merged) => sources.find((source) => source.provider === provider)?.error

  describe('failure policies', () => {
    it('fail the merged list with one error that names the provider under FAIL, whatever is selected', async () => {
      fillAll()
      fail()
      const parts = [
        'nodes { providerId }',
        'summary { count }',
        'pageInfo { endCursor }',
        `summary { count } ${FIELDS}`,
      ]
      for (const fields of parts) {
        const { data, errors } = await ask('FAIL', null, fields)
        expect(data, fields).toBeNull()
        expect(errors, fields).toHaveLength(1)
        expect(errors[0]!.extensions).toMatchObject({ code: 'UPSTREAM_ERROR', provider, status: 500 })
      }
    })

    it('return the entries of the others and report the failure under PARTIAL', async () => {
      const { others } = fillAll()
      fail()
      const rows = await collectRows(
        async (after) => {
          const page = await readPartial(after, `totalCount ${FIELDS}`)
          expect(errorOf(page)).toEqual({ code: 'UPSTREAM_ERROR' })
          expect(page.totalCount).toBeNull()
          expect(page.sources.filter(({ error }) => error !== null)).toHaveLength(1)
          // The failed source may have more entries, so that the walk goes on until nobody has delivered any.
          return { ...page, pageInfo: { ...page.pageInfo, hasNextPage: page.nodes.length > 0 } }
        },
        ({ nodes }) => nodes,
      )
      expect(sorted(rows)).toEqual([...others].sort())
    })

    it('lose no entry of a provider that fails in the middle of a walk under PARTIAL', async () => {
      const { own, others } = fillAll()
      let pages = 0
      const rows = await collectRows(
        async (after) => {
          const isFailing = pages === 1 || pages === 2
          pages += 1
          if (isFailing) fail()
          const page = await readPartial(after)
          subject().server.clearFaults()
          expect(errorOf(page)).toEqual(isFailing ? { code: 'UPSTREAM_ERROR' } : null)
          expect(page.nodes.some((node) => node.provider === provider) && isFailing).toBe(false)
          return page
        },
        ({ nodes }) => nodes,
      )
      expect(sorted(rows)).toEqual([...own, ...others].sort())
    })
  })
}
