import crypto from 'node:crypto'
import { mkdtemp, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigError, UnauthenticatedError } from '../../../src/errors.ts'
import { createLog } from '../../../src/log.ts'
import { createApiKey, createApiKeys, hashApiKey } from '../../../src/server/auth/api-keys.ts'

const PROVIDERS = ['NORTH', 'SOUTH']

let folder: string
let file: string
/** All log lines, from the lowest level. */
let lines: string[]
let elapsedMs: number
let now: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-keys-'))
})
beforeEach(() => {
  file = join(folder, `${crypto.randomUUID()}.json`)
  lines = []
  elapsedMs = 0
  now = Date.parse('2026-11-01T12:00:00Z')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const sha256 = (key: string) => hashApiKey(key).toString('hex')
const fileWith = (...entries: readonly object[]) => JSON.stringify({ keys: entries })
const entryOf = (key: string, more: object = {}) => ({ name: `name-of-${key}`, sha256: sha256(key), ...more })

async function start(text: string) {
  await writeFile(file, text)
  const log = createLog('debug', (line) => lines.push(line))
  return createApiKeys({ file, providers: PROVIDERS, log, now: () => now, elapsed: () => elapsedMs })
}

/** Returns the caller of a key, or the rejection. */
function outcome(callerWith: (key: string) => { name: string }, key: string): string {
  try {
    return callerWith(key).name
  } catch (error) {
    if (error instanceof UnauthenticatedError) return error.kind
    throw error
  }
}

async function faultsOf(text: string): Promise<readonly string[]> {
  try {
    await start(text)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.issues
    throw error
  }
}

describe('createApiKey()', () => {
  it('returns 256 random bits in characters that are valid in a header', () => {
    const keys = Array.from({ length: 100 }, createApiKey)
    expect(new Set(keys).size).toBe(100)
    for (const key of keys) {
      expect(key).toMatch(/^tgw_[\w-]{43}$/)
      expect(Buffer.from(key.slice(4), 'base64url')).toHaveLength(32)
    }
  })
})

describe('createApiKeys()', () => {
  it.each([
    ['no grants', {}, null],
    ['"all"', { grants: 'all' }, null],
    ['an empty object', { grants: {} }, new Map()],
    ['one provider', { grants: { NORTH: 'all' } }, new Map([['NORTH', { accounts: null }]])],
    [
      'accounts, some of them twice',
      { grants: { NORTH: { accounts: ['a', 'b', 'a'] }, SOUTH: 'all' } },
      new Map([
        ['NORTH', { accounts: ['a', 'b'] }],
        ['SOUTH', { accounts: null }],
      ]),
    ],
    ['a provider without accounts', { grants: { NORTH: { accounts: [] } } }, new Map()],
  ])('returns the grants of a key with %s', async (_, more, grants) => {
    const callerWith = await start(fileWith(entryOf('one', more)))
    expect(callerWith('one')).toEqual({ name: 'name-of-one', grants })
  })

  it('accepts the hash in upper case', async () => {
    const callerWith = await start(fileWith(entryOf('one', { sha256: sha256('one').toUpperCase() })))
    expect(outcome(callerWith, 'one')).toBe('name-of-one')
  })

  it.each([
    ['another', 'two'],
    ['an empty one', ''],
    ['one with a blank behind it', 'one '],
    ['one with a blank before it', ' one'],
    ['one in capitals', 'ONE'],
    ['the name', 'name-of-one'],
    ['the hash', sha256('one')],
    ['a long one', 'one'.repeat(5000)],
  ])('rejects %s instead of the key', async (_, key) => {
    expect(outcome(await start(fileWith(entryOf('one'))), key)).toBe('invalid')
  })

  it('rejects every key when the list is empty', async () => {
    expect(outcome(await start('{"keys":[]}'), 'one')).toBe('invalid')
  })

  it('distinguishes many keys', async () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `key-${index}`)
    const callerWith = await start(fileWith(...keys.map((key) => entryOf(key))))
    for (const key of ['key-0', 'key-2500', 'key-4999']) expect(outcome(callerWith, key)).toBe(`name-of-${key}`)
    expect(outcome(callerWith, 'key-5000')).toBe('invalid')
  })

  it('compares with every key, whichever matches', async () => {
    const callerWith = await start(fileWith(...['first', 'second', 'third'].map((key) => entryOf(key))))
    const compare = vi.spyOn(crypto, 'timingSafeEqual')
    syncBuiltinESMExports()
    try {
      for (const key of ['first', 'second', 'third', 'fourth']) {
        compare.mockClear()
        outcome(callerWith, key)
        expect(compare).toHaveBeenCalledTimes(3)
      }
    } finally {
      compare.mockRestore()
      syncBuiltinESMExports()
    }
  })

  it.each([
    ['2027-01-01', '2027-01-01T00:00:00.000Z'],
    ['2027-01-01T00:00:00Z', '2027-01-01T00:00:00.000Z'],
    ['2027-01-01T00:00:00.5+05:30', '2026-12-31T18:30:00.500Z'],
  ])('accepts a key until %s, and not afterwards', async (expiresAt, end) => {
    const callerWith = await start(fileWith(entryOf('one', { expiresAt })))
    now = Date.parse(end) - 1
    expect(outcome(callerWith, 'one')).toBe('name-of-one')
    now += 1
    expect(outcome(callerWith, 'one')).toBe('expired')
    expect(outcome(callerWith, 'two')).toBe('invalid')
  })

  const SECRET = 'hunter2'
  it.each([
    ['nothing', '', ['expected JSON']],
    ['no JSON', `{"keys": [${SECRET}`, ['expected JSON']],
    ['no object', `"${SECRET}"`, ['expected an object with keys and nothing else']],
    ['a list', '[]', ['expected an object with keys and nothing else']],
    ['no keys', '{}', ['expected a list at keys']],
    ['keys that are no list', `{"keys":{"${SECRET}":1}}`, ['expected a list at keys']],
    ['more than keys', `{"keys":[],"${SECRET}":1}`, ['expected an object with keys and nothing else']],
    [
      'an entry that is no object',
      `{"keys":["${SECRET}"]}`,
      ['expected an object with name, sha256, expiresAt, grants and nothing else at keys[0]'],
    ],
    [
      'a misspelt member, which might have held somebody back',
      fileWith(entryOf('one', { grant: { [SECRET]: 1 } })),
      ['expected an object with name, sha256, expiresAt, grants and nothing else at keys[0]'],
    ],
    [
      'an empty entry',
      '{"keys":[{}]}',
      ['expected a name at keys[0].name', 'expected 64 hexadecimal digits at keys[0].sha256'],
    ],
    [
      'the key in place of its hash',
      fileWith(entryOf('one', { sha256: SECRET })),
      ['expected 64 hexadecimal digits at keys[0].sha256'],
    ],
    [
      'a name with a line break',
      fileWith(entryOf('one', { name: `${SECRET}\n` })),
      ['expected a name of 1 to 100 letters, digits and . _ - @ : / at keys[0].name'],
    ],
    [
      'no date',
      fileWith(entryOf('one'), entryOf('two', { expiresAt: SECRET })),
      ['expected a date (2027-01-01) or a date and time (2027-01-01T00:00:00Z) at keys[1].expiresAt'],
    ],
    [
      'a day that is not in the calendar',
      fileWith(entryOf('one', { expiresAt: '2027-02-29' })),
      ['expected a date (2027-01-01) or a date and time (2027-01-01T00:00:00Z) at keys[0].expiresAt'],
    ],
    [
      'a time without its offset',
      fileWith(entryOf('one', { expiresAt: '2027-01-01T00:00:00' })),
      ['expected a date (2027-01-01) or a date and time (2027-01-01T00:00:00Z) at keys[0].expiresAt'],
    ],
    [
      'a name twice',
      fileWith(entryOf('one'), entryOf('two', { name: 'name-of-one' })),
      ['expected a name that no key before it has at keys[1].name'],
    ],
    [
      'a hash twice, in other letters',
      fileWith(entryOf('one'), entryOf('two', { sha256: sha256('one').toUpperCase() })),
      ['expected a sha256 that no key before it has at keys[1].sha256'],
    ],
    ...[
      null,
      true,
      [],
      SECRET,
      { [SECRET]: 'all' },
      { north: 'all' },
      { NORTH: SECRET },
      { NORTH: ['a'] },
      { NORTH: { accounts: 'a' } },
      { NORTH: { accounts: [''] } },
      { NORTH: { accounts: [' a'] } },
      { NORTH: { accounts: [1] } },
      { NORTH: { accounts: ['a'], [SECRET]: 1 } },
      JSON.parse('{"__proto__":"all"}'),
    ].map(
      (grants) =>
        [
          `the grants ${JSON.stringify(grants)}`,
          fileWith(entryOf('one', { grants })),
          [
            'expected "all", or an object with "all" or {"accounts": [...]} for providers out of NORTH, SOUTH at keys[0].grants',
          ],
        ] as const,
    ),
  ] as const)('does not start with a file that contains %s, and names the expectation', async (_, text, faults) => {
    expect(await faultsOf(text)).toEqual(faults.map((fault) => `API_KEYS_FILE: ${fault}`))
  })

  it.each([
    ['that is not there', () => file, 'ENOENT'],
    ['that is a folder', () => folder, 'EISDIR'],
  ])('does not start with a file %s', (_, path, code) => {
    const log = createLog('silent')
    expect(() => createApiKeys({ file: path(), providers: PROVIDERS, log })).toThrow(
      new ConfigError([`API_KEYS_FILE: expected a file that can be read (${code})`]),
    )
  })
})

describe('the file of keys', () => {
  it('is read again after a second, and not before', async () => {
    const callerWith = await start(fileWith(entryOf('one')))
    await writeFile(file, fileWith(entryOf('two')))
    elapsedMs = 999
    expect([outcome(callerWith, 'one'), outcome(callerWith, 'two')]).toEqual(['name-of-one', 'invalid'])
    elapsedMs = 1000
    expect([outcome(callerWith, 'one'), outcome(callerWith, 'two')]).toEqual(['invalid', 'name-of-two'])
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { time: expect.any(String), level: 'info', message: 'API keys read', keys: 1 },
    ])
  })

  it('is read again after it was replaced by another file', async () => {
    const callerWith = await start(fileWith(entryOf('one')))
    await writeFile(`${file}.new`, fileWith(entryOf('two')))
    await rename(`${file}.new`, file)
    elapsedMs = 1000
    expect(outcome(callerWith, 'two')).toBe('name-of-two')
  })

  it('is read again when its content changes but its size and timestamp do not', async () => {
    const callerWith = await start(fileWith(entryOf('one')))
    const { atime, mtime, size } = await stat(file)
    await writeFile(file, fileWith(entryOf('two')))
    await utimes(file, atime, mtime)
    expect((await stat(file)).size).toBe(size)
    elapsedMs = 1000
    expect(outcome(callerWith, 'two')).toBe('name-of-two')
  })

  it('rejects everybody once its list is empty', async () => {
    const callerWith = await start(fileWith(entryOf('one')))
    await writeFile(file, '{"keys":[]}')
    elapsedMs = 1000
    expect(outcome(callerWith, 'one')).toBe('invalid')
  })

  it.each<[string, boolean, () => unknown]>([
    ['stays as it is', true, () => {}],
    ['gets other keys', true, () => writeFile(file, fileWith(entryOf('two'), entryOf('one')))],
    ['becomes unusable', true, () => writeFile(file, '{')],
    ['loses the key', false, () => writeFile(file, fileWith(entryOf('two')))],
    ['grants the key less', false, () => writeFile(file, fileWith(entryOf('one', { grants: {} })))],
    ['names the key otherwise', false, () => writeFile(file, fileWith({ ...entryOf('one'), name: 'two' }))],
    ['lets the key expire', false, () => writeFile(file, fileWith(entryOf('one', { expiresAt: '2026-11-02' })))],
  ])('that %s keeps a caller with the key current: %s', async (_, isCurrent, change) => {
    const caller = (await start(fileWith(entryOf('one'))))('one')
    await change()
    elapsedMs = 1000
    expect(caller.isCurrent()).toBe(isCurrent)
  })

  it('keeps a caller current until the key expires', async () => {
    const caller = (await start(fileWith(entryOf('one', { expiresAt: '2026-11-01T12:00:01Z' }))))('one')
    now += 999
    expect(caller.isCurrent()).toBe(true)
    now += 1
    expect(caller.isCurrent()).toBe(false)
  })

  it('logs nothing while it does not change', async () => {
    const callerWith = await start(fileWith(entryOf('one')))
    for (elapsedMs = 0; elapsedMs < 10_000; elapsedMs += 500) outcome(callerWith, 'one')
    expect(lines).toEqual([])
  })

  const SECRET = 'hunter2'
  it.each([
    ['half written', () => writeFile(file, `{"keys":[{"name":"${SECRET}`), 'API_KEYS_FILE: expected JSON'],
    ['empty', () => writeFile(file, ''), 'API_KEYS_FILE: expected JSON'],
    [
      'malformed',
      () => writeFile(file, fileWith(entryOf('two', { sha256: SECRET }))),
      'API_KEYS_FILE: expected 64 hexadecimal digits at keys[0].sha256',
    ],
    ['gone', () => rm(file), 'API_KEYS_FILE: expected a file that can be read (ENOENT)'],
  ])('keeps the previous keys while it is %s, logs it once, and recovers', async (_, spoil, fault) => {
    const callerWith = await start(fileWith(entryOf('one')))
    await spoil()
    for (let second = 1; second <= 5; second++) {
      elapsedMs = second * 1000
      expect([outcome(callerWith, 'one'), outcome(callerWith, 'two')]).toEqual(['name-of-one', 'invalid'])
    }
    await writeFile(file, fileWith(entryOf('one'), entryOf('two')))
    elapsedMs += 1000
    expect(outcome(callerWith, 'two')).toBe('name-of-two')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 'error', issues: [fault] }),
      expect.objectContaining({ level: 'info', keys: 2 }),
    ])
    expect(lines.join('')).not.toContain(SECRET)
  })

  it('logs it again when it becomes invalid again, and when it becomes invalid in another way', async () => {
    const good = fileWith(entryOf('one'))
    const callerWith = await start(good)
    for (const text of ['[', '{}', good, '{}']) {
      await writeFile(file, text)
      elapsedMs += 1000
      outcome(callerWith, 'one')
    }
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['error', 'error', 'info', 'error'])
  })

  it('logs it again when it is missing again', async () => {
    const callerWith = await start(fileWith(entryOf('one')))
    for (const change of [() => rm(file), () => writeFile(file, fileWith(entryOf('one'))), () => rm(file)]) {
      await change()
      elapsedMs += 1000
      outcome(callerWith, 'one')
    }
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['error', 'info', 'error'])
  })

  it('has only its first issues in the log', async () => {
    const callerWith = await start(fileWith(entryOf('one')))
    await writeFile(file, JSON.stringify({ keys: Array(500).fill(0) }))
    elapsedMs = 1000
    outcome(callerWith, 'one')
    expect(JSON.parse(lines[0]!).issues).toHaveLength(10)
  })
})
