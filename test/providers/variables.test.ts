import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ConfigError } from '../../src/errors.ts'
import { readVariables } from '../../src/providers/variables.ts'
import { baseUrl } from '../../src/upstream/base-url.ts'

const VARIABLES = {
  BANK_URL: baseUrl,
  BANK_KEY: z.string({ error: 'expected a key' }),
  BANK_CURRENCY: z.string().default('INR'),
}
const read = (environment: Record<string, string>) =>
  readVariables(VARIABLES, environment, { urls: ['BANK_URL'], settings: ['BANK_CURRENCY'] })

function issuesOf(environment: Record<string, string>): readonly string[] {
  try {
    read(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.issues
  }
  return expect.fail('expected a ConfigError')
}

const complete = { BANK_URL: 'https://bank.example/', BANK_KEY: ' key\n' }

describe('readVariables()', () => {
  it('returns the parsed values without blanks around them, and defaults for unset ones', () => {
    const expected = { BANK_URL: 'https://bank.example', BANK_KEY: 'key', BANK_CURRENCY: 'INR' }
    expect(read({ ...complete, OTHER: 'x' })).toEqual(expected)
    expect(read({ ...complete, BANK_CURRENCY: ' ' })).toEqual(expected)
  })

  it.each([{}, { BANK_URL: '', BANK_KEY: ' ' }, { BANK_CURRENCY: 'EUR' }, { OTHER: 'x' }])(
    'returns null for %j, which enables nothing',
    (environment) => {
      expect(read(environment)).toBeNull()
    },
  )

  it('rejects with a line for each variable that is missing or malformed, without its value', () => {
    const issues = issuesOf({ BANK_URL: 'hunter2' })
    expect(issues).toEqual([
      expect.stringMatching(/^BANK_URL: expected /),
      'BANK_KEY is not set, but BANK_URL is: expected a key',
    ])
    expect(issues.join()).not.toContain('hunter2')
  })

  it('rejects an unencrypted URL of another machine, unless ALLOW_HTTP_UPSTREAMS is true', () => {
    const environment = { ...complete, BANK_URL: 'http://bank.example' }
    expect(issuesOf(environment)).toEqual([expect.stringMatching(/^BANK_URL: expected an https URL/)])
    expect(read({ ...environment, ALLOW_HTTP_UPSTREAMS: 'true' })).toMatchObject({ BANK_URL: 'http://bank.example' })
  })
})
