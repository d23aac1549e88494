import { parseArgs } from 'node:util'
import { PROVIDERS } from '../gateway.ts'
import { createApiKey, expirySchema, hashApiKey, keyNameSchema } from '../server/auth/api-keys.ts'

const names = PROVIDERS.map(({ name }) => name).sort()
const optionOf = (provider: string) => provider.toLowerCase()

const USAGE = [
  'npm run api-key -- --name <name> [--expires <date>] [--<provider> all|<account>,…]',
  '',
  '  --name      what the key is called in the log and in limits',
  '  --expires   the day, in UTC, or the instant from which it is not good any more',
  ...names.map(
    (name) =>
      `  --${optionOf(name).padEnd(9)} what it may read of ${name}; with no provider at all it may read everything`,
  ),
].join('\n')

/** A grant of the key file; null for a list that names nothing. */
function grantOf(given: string): 'all' | { accounts: string[] } | null {
  if (given.trim() === 'all') return 'all'
  const accounts = given.split(',').map((account) => account.trim())
  return accounts.includes('') ? null : { accounts }
}

/**
 * A new key and its entry for the key file, as lines to print.
 * @throws {Error} with what is wrong with the arguments
 */
function newKey(args: readonly string[]): string {
  const { values } = parseArgs({
    args: [...args],
    options: {
      name: { type: 'string' },
      expires: { type: 'string' },
      ...Object.fromEntries(names.map((name) => [optionOf(name), { type: 'string' } as const])),
    },
  })
  const given = values as Readonly<Record<string, string | undefined>>
  const name = keyNameSchema.safeParse(given.name)
  const expiry = expirySchema.optional().safeParse(given.expires)
  for (const [option, result] of Object.entries({ name, expires: expiry })) {
    if (!result.success) throw new Error(`--${option}: ${result.error.issues[0]?.message}`)
  }
  const grants = names.flatMap((provider) => {
    const option = given[optionOf(provider)]
    if (option === undefined) return []
    const grant = grantOf(option)
    if (grant === null) throw new Error(`--${optionOf(provider)}: expected all, or accounts with commas between them`)
    return [[provider, grant] as const]
  })
  const key = createApiKey()
  const entry = {
    name: name.data,
    sha256: hashApiKey(key).toString('hex'),
    ...(expiry.data === undefined ? {} : { expiresAt: new Date(expiry.data).toISOString() }),
    ...(grants.length === 0 ? {} : { grants: Object.fromEntries(grants) }),
  }
  return [
    'The key. It is shown this once and kept nowhere:',
    '',
    key,
    '',
    `Its entry in the list "keys" of API_KEYS_FILE${grants.length === 0 ? '; without "grants" it may read everything' : ''}:`,
    '',
    JSON.stringify(entry, null, 2),
  ].join('\n')
}

try {
  console.log(newKey(process.argv.slice(2)))
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  process.exitCode = 1
}
