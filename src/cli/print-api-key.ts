import { parseArgs } from 'node:util'
import { PROVIDERS } from '../gateway.ts'
import { createApiKey, expirySchema, hashApiKey, keyNameSchema } from '../server/auth/api-keys.ts'

const names = PROVIDERS.map(({ name }) => name).sort()
const optionOf = (provider: string) => provider.toLowerCase()

const USAGE = [
  'npm run api-key -- --name <name> [--expires <date>] [--<provider> all|<account>,…]',
  '',
  '  --name      name of the key in the log and in limits',
  '  --expires   day (UTC), or date and time, from which the key is no longer valid',
  ...names.map(
    (name) =>
      `  --${optionOf(name).padEnd(9)} accounts of ${name} that the key may read; without any provider option it may read everything`,
  ),
].join('\n')

/** Parses an option into a grant of the key file; null when an account is empty. */
function parseGrant(given: string): 'all' | { accounts: string[] } | null {
  if (given.trim() === 'all') return 'all'
  const accounts = given.split(',').map((account) => account.trim())
  return accounts.includes('') ? null : { accounts }
}

/**
 * Creates a key and returns it with its entry for the key file, as text to print.
 * @throws {Error} for the first invalid argument
 */
function describeNewKey(args: readonly string[]): string {
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
    const grant = parseGrant(option)
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
    'The key. It is shown only once and is not stored:',
    '',
    key,
    '',
    `Its entry in the list "keys" of API_KEYS_FILE${grants.length === 0 ? '; without "grants" it may read everything' : ''}:`,
    '',
    JSON.stringify(entry, null, 2),
  ].join('\n')
}

try {
  console.log(describeNewKey(process.argv.slice(2)))
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  process.exitCode = 1
}
