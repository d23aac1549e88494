import { z } from 'zod'
import type { Caller, Grant } from '../../operation.ts'

/** The grants of a caller by provider; null allows everything. */
export type Grants = Caller['grants']

const account = z.string().refine((name) => name !== '' && name === name.trim())
const providerGrant = z.union([z.literal('all'), z.strictObject({ accounts: z.array(account) })])

/**
 * Parses grants of the key file and of tokens: `"all"`, or an object from provider names to `"all"` or
 * `{"accounts": [...]}`. An unknown provider is rejected, because a misspelt grant must not count as none or as all.
 *
 * @param providers the values of the enum `Provider`
 */
export function grantsSchema(providers: readonly string[]) {
  const shape = Object.fromEntries(providers.map((name) => [name, providerGrant.optional()]))
  const written = z.union([z.literal('all'), z.strictObject(shape)])
  return z.unknown().transform((value, context): Grants => {
    const { success, data } = written.safeParse(value)
    if (!success) {
      const named = [...providers].sort().join(', ')
      context.addIssue({
        code: 'custom',
        message: `expected "all", or an object with "all" or {"accounts": [...]} for providers out of ${named}`,
      })
      return z.NEVER
    }
    if (data === 'all') return null
    const grants = new Map<string, Grant>()
    for (const [name, grant] of Object.entries(data)) {
      if (grant === 'all') grants.set(name, { accounts: null })
      // An empty list grants nothing. It is left out, because code could mistake it for "no condition".
      else if (grant && grant.accounts.length > 0) grants.set(name, { accounts: [...new Set(grant.accounts)] })
    }
    return grants
  })
}
