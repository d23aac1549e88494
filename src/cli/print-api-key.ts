import { parseArgs } from 'node:util'
import { ConfigError } from '../errors.ts'
import { PROVIDERS } from '../gateway.ts'
import { createApiKey, expirySchema, hashApiKey, keyNameSchema } from '../server/auth/api-keys.ts'
import { addToKeyFile, type KeyEntry } from './key-file.ts'

const names = PROVIDERS.map(({ name }) => name).sort()
const optionOf = (provider: string) => provider.toLowerCase()

const USAGE = [
  'npm run api-key -- --name <name> [--file <path>] [--expires <date>] [--<provider> all|<account>,…]',
  '',
  '  --name      name of the key in the log and in limits',
  '  --file      key file that the key is added to; it is created when there is none',
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

/** Returns a word of a shell command, in quotes when it needs them. */
const quote = (word: string) => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

/** Stores the entry in the key file. Returns the lines to print. */
function storeEntry(path: string, entry: KeyEntry): readonly string[] {
  const file = addToKeyFile(path, entry, names)
  return [
    `Its entry is in ${file}. Start the gateway with`,
    '',
    `AUTH_MODE=api-key API_KEYS_FILE=${quote(file)} npm start`,
    ...(entry.grants === undefined ? ['', 'The key has no grants, so it may read everything.'] : []),
  ]
}

/** Returns the lines that show the entry, to be copied into the key file. */
const showEntry = (entry: KeyEntry): readonly string[] => [
  `Its entry in the list "keys" of API_KEYS_FILE${entry.grants === undefined ? '; without "grants" it may read everything' : ''}:`,
  '',
  JSON.stringify(entry, null, 2),
]

/**
 * Creates a key and returns it with its entry for the key file, as text to print. With `--file` the entry is stored.
 * @throws {Error} for the first invalid argument, and when the key file cannot be used
 */
function describeNewKey(args: readonly string[]): string {
  const { values } = parseArgs({
    args: [...args],
    options: {
      name: { type: 'string' },
      file: { type: 'string' },
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
    ...(given.file === undefined ? showEntry(entry) : storeEntry(given.file, entry)),
  ].join('\n')
}

try {
  console.log(describeNewKey(process.argv.slice(2)))
} catch (error) {
  // The issues of a key file name the variable that usually holds its path.
  if (error instanceof ConfigError) console.error(error.message.replaceAll(/^API_KEYS_FILE: /gm, '--file: '))
  else console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  process.exitCode = 1
}
