import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/errors.ts'
import { readKobbleConfig } from '../../../src/providers/kobble/config.ts'

const complete = {
  KOBBLE_BASE_URL: 'https://api.example/',
  KOBBLE_TOKEN_URL: 'https://login.example/oauth2/token',
  KOBBLE_CLIENT_ID: 'id',
  KOBBLE_CLIENT_SECRET: 'hunter2',
}
const urlIssue = 'expected an http or https URL without credentials, query and fragment'

const issuesOf = (env: Record<string, string | undefined>) => {
  try {
    readKobbleConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.issues
  }
  return expect.fail('should have failed')
}

describe('readKobbleConfig()', () => {
  it('takes what is set, and a scope to read by default', () => {
    const config = {
      baseUrl: 'https://api.example',
      tokenUrl: 'https://login.example/oauth2/token',
      clientId: 'id',
      clientSecret: 'hunter2',
      scope: 'client/read',
    }
    expect(readKobbleConfig(complete)).toEqual(config)
    expect(readKobbleConfig({ ...complete, KOBBLE_SCOPE: ' administrator/read ' })).toEqual({
      ...config,
      scope: 'administrator/read',
    })
  })

  it.each([{}, { KOBBLE_BASE_URL: '', KOBBLE_CLIENT_ID: ' ' }, { VOBIZ_AUTH_ID: 'x' }])('is null for %j', (env) => {
    expect(readKobbleConfig(env)).toBeNull()
  })

  it.each(Object.keys(complete))('names %s when it alone is missing', (name) => {
    expect(issuesOf({ ...complete, [name]: '' })).toEqual([
      expect.stringMatching(`^${name} is not set, but KOBBLE_\\w+ is: expected `),
    ])
  })

  it('names all that are missing or malformed, and no value', () => {
    expect(issuesOf({ KOBBLE_SCOPE: 'client/read' })).toHaveLength(4)
    expect(
      issuesOf({
        KOBBLE_BASE_URL: 'hunter2',
        KOBBLE_TOKEN_URL: 'ftp://hunter2.example',
        KOBBLE_CLIENT_SECRET: 'hunter2',
      }),
    ).toEqual([
      `KOBBLE_BASE_URL: ${urlIssue}`,
      `KOBBLE_TOKEN_URL: ${urlIssue}`,
      "KOBBLE_CLIENT_ID is not set, but KOBBLE_BASE_URL is: expected the client's id",
    ])
  })

  it.each(['KOBBLE_BASE_URL', 'KOBBLE_TOKEN_URL'])('refuses http to another machine in %s', (name) => {
    const env = { ...complete, [name]: 'http://a.example' }
    expect(issuesOf(env)).toEqual([
      `${name}: expected an https URL; http is for this machine alone, unless ALLOW_HTTP_UPSTREAMS is true`,
    ])
    expect(readKobbleConfig({ ...env, ALLOW_HTTP_UPSTREAMS: 'true' })).not.toBeNull()
    for (const host of ['127.0.0.1:1', 'localhost', '[::1]:1']) {
      expect(readKobbleConfig({ ...env, [name]: `http://${host}` })).not.toBeNull()
    }
  })
})
