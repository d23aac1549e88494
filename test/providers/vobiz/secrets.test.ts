import { describe, expect, it } from 'vitest'
import { dropSecrets } from '../../../src/providers/vobiz/secrets.ts'
import { parseJson } from '../../../src/values/exact-json.ts'

describe('dropSecrets()', () => {
  it('drops secrets at any depth, whatever their case', () => {
    const secrets = {
      auth_token: 's',
      AUTH_TOKEN: 's',
      authToken: 's',
      'auth-token': 's',
      google_id: 's',
      Password: 's',
      api_key: 's',
      secret: 's',
      client_secret: 's',
      access_token: 's',
      refresh_token: 's',
      token: { value: 's' },
    }
    const kept = { auth_id: 'MA', tokens_used: 3, secretary: 'x', reference: 'cdr:1', api_id: 'y', n: null }
    const given = { ...secrets, ...kept, list: [{ ...secrets, ...kept }, [secrets]] }
    expect(dropSecrets(given)).toEqual({ ...kept, list: [kept, [{}]] })
  })

  it('keeps exact numbers and odd keys, beside a secret and without one', () => {
    const text = '{"a":[1.10,1e-7,{"b":12345678901234567890}],"__proto__":{"c":-0}}'
    expect(JSON.stringify(dropSecrets(parseJson(text)))).toBe(text)
    const withSecret = text.replace('"c":', '"token":"s","c":')
    expect(JSON.stringify(dropSecrets(parseJson(withSecret)))).toBe(text)
  })

  it('finds secrets behind more names than it remembers, and behind long ones', () => {
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`field_${index}`, index]))
    const long = `${'x'.repeat(5000)}_token`
    expect(dropSecrets([many, { ...many, auth_token: 's', [long]: 's' }])).toEqual([many, many])
  })
})
