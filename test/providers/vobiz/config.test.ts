import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/errors.ts'
import { readVobizConfig } from '../../../src/providers/vobiz/config.ts'

const pair = { VOBIZ_AUTH_ID: 'PA_1', VOBIZ_AUTH_TOKEN: 'hunter2' }

const issuesOf = (env: Record<string, string | undefined>) => {
  try {
    readVobizConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.issues
  }
  return expect.fail('should have failed')
}

describe('readVobizConfig()', () => {
  it('needs the pair alone', () => {
    expect(readVobizConfig(pair)).toEqual({
      baseUrl: 'https://api.vobiz.ai/api/v1/partner',
      authId: 'PA_1',
      authToken: 'hunter2',
      currency: 'INR',
    })
  })

  it('takes what is set, without blanks around it and slashes behind it', () => {
    const env = { VOBIZ_AUTH_ID: ' PA_1\n', VOBIZ_AUTH_TOKEN: 'hunter2\n', VOBIZ_CURRENCY: 'USD', OTHER: 'x' }
    expect(readVobizConfig({ ...env, VOBIZ_BASE_URL: 'http://127.0.0.1:4000/a/' })).toEqual({
      baseUrl: 'http://127.0.0.1:4000/a',
      authId: 'PA_1',
      authToken: 'hunter2',
      currency: 'USD',
    })
  })

  it.each([{}, { VOBIZ_AUTH_ID: '', VOBIZ_AUTH_TOKEN: ' ' }, { VOBIZ_CURRENCY: 'EUR' }, { VOBIZ_BASE_URL: '' }])(
    'is null for %j',
    (env) => {
      expect(readVobizConfig(env)).toBeNull()
    },
  )

  it.each([
    [
      { VOBIZ_AUTH_ID: 'PA_1' },
      ["VOBIZ_AUTH_TOKEN is not set, but VOBIZ_AUTH_ID is: expected the partner's auth token"],
    ],
    [
      { VOBIZ_AUTH_TOKEN: 'hunter2', VOBIZ_AUTH_ID: '' },
      ["VOBIZ_AUTH_ID is not set, but VOBIZ_AUTH_TOKEN is: expected the partner's auth id"],
    ],
    [
      { VOBIZ_BASE_URL: 'https://a.example' },
      [
        "VOBIZ_AUTH_ID is not set, but VOBIZ_BASE_URL is: expected the partner's auth id",
        "VOBIZ_AUTH_TOKEN is not set, but VOBIZ_BASE_URL is: expected the partner's auth token",
      ],
    ],
    [
      { ...pair, VOBIZ_AUTH_TOKEN: 'hunter 2' },
      ["VOBIZ_AUTH_TOKEN: expected the partner's auth token, without blanks and control characters"],
    ],
    [{ ...pair, VOBIZ_CURRENCY: 'rupees' }, ['VOBIZ_CURRENCY: expected an ISO 4217 code such as INR']],
  ])('names the variables at fault in %j', (env, lines) => {
    expect(issuesOf(env)).toEqual(lines)
  })

  it.each([
    'a.example',
    '/a',
    'ftp://a.example',
    'https://u:hunter2@a.example',
    'https://a.example?x=1',
    'https://a#b',
  ])('does not take %s for a URL', (url) => {
    expect(issuesOf({ ...pair, VOBIZ_BASE_URL: url })).toEqual([
      'VOBIZ_BASE_URL: expected an http or https URL without credentials, query and fragment',
    ])
  })

  it('refuses http to another machine, unless ALLOW_HTTP_UPSTREAMS is true', () => {
    const env = { ...pair, VOBIZ_BASE_URL: 'http://a.example/api' }
    expect(issuesOf(env)).toEqual([
      'VOBIZ_BASE_URL: expected an https URL; http is for this machine alone, unless ALLOW_HTTP_UPSTREAMS is true',
    ])
    expect(readVobizConfig({ ...env, ALLOW_HTTP_UPSTREAMS: 'true' })?.baseUrl).toBe('http://a.example/api')
  })
})
