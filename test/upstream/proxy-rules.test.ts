import { describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { ConfigError } from '../../src/errors.ts'
import { readProxyRules } from '../../src/upstream/proxy-rules.ts'

const PROXY = { HTTPS_PROXY: 'http://proxy.example:3128' }

const find = (environment: Environment, url = 'https://api.bank.example/v1') =>
  readProxyRules(environment)(new URL(url))

/** Returns the issues of variables that cannot be used. */
function issuesOf(environment: Environment): readonly string[] {
  try {
    readProxyRules(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.issues
    throw error
  }
  return []
}

describe('readProxyRules()', () => {
  it('finds no proxy without variables, and with blank ones', () => {
    expect(find({})).toBeNull()
    expect(find({ HTTPS_PROXY: ' ', https_proxy: '' })).toBeNull()
  })

  it.each([
    ['http://proxy.example:3128', { protocol: 'http:', hostname: 'proxy.example', port: 3128, authorization: null }],
    ['http://proxy.example', { protocol: 'http:', hostname: 'proxy.example', port: 80, authorization: null }],
    ['https://proxy.example/', { protocol: 'https:', hostname: 'proxy.example', port: 443, authorization: null }],
    ['proxy.example:3128', { protocol: 'http:', hostname: 'proxy.example', port: 3128, authorization: null }],
    ['http://[fd00::1]:3128', { protocol: 'http:', hostname: 'fd00::1', port: 3128, authorization: null }],
    ['http://user:p%40ss@10.0.0.1:3128', { hostname: '10.0.0.1', authorization: `Basic ${btoa('user:p@ss')}` }],
    ['http://user@10.0.0.1:3128', { authorization: `Basic ${btoa('user:')}` }],
  ])('reads %s', (url, proxy) => {
    expect(find({ HTTPS_PROXY: url })).toMatchObject(proxy)
  })

  it('uses HTTPS_PROXY for https URLs, and HTTP_PROXY for http URLs', () => {
    const both = { HTTPS_PROXY: 'http://tls.example:1', HTTP_PROXY: 'http://plain.example:2' }
    expect(find(both)?.hostname).toBe('tls.example')
    expect(find(both, 'http://api.bank.example')?.hostname).toBe('plain.example')
    expect(find({ HTTP_PROXY: both.HTTP_PROXY })).toBeNull()
    expect(find(PROXY, 'http://api.bank.example')).toBeNull()
  })

  it('prefers names in lower case, unless they are blank', () => {
    expect(find({ ...PROXY, https_proxy: 'http://lower.example' })?.hostname).toBe('lower.example')
    expect(find({ ...PROXY, https_proxy: ' ' })?.hostname).toBe('proxy.example')
    expect(find({ ...PROXY, NO_PROXY: 'bank.example', no_proxy: 'other.example' })).not.toBeNull()
  })

  it.each(['http://localhost:8080', 'http://127.0.0.1:8080', 'http://[::1]:8080', 'https://127.9.9.9'])(
    'never uses a proxy for %s',
    (url) => {
      expect(find({ ...PROXY, HTTP_PROXY: PROXY.HTTPS_PROXY }, url)).toBeNull()
    },
  )

  it.each([
    ['*', 'https://api.bank.example', true],
    ['*:443', 'https://api.bank.example', true],
    ['*:443', 'https://api.bank.example:8443', false],
    ['bank.example', 'https://bank.example', true],
    ['bank.example', 'https://api.bank.example', true],
    ['BANK.example.', 'https://api.Bank.Example.', true],
    ['bank.example', 'https://mybank.example', false],
    ['bank.example', 'https://bank.example.com', false],
    ['.bank.example', 'https://api.bank.example', true],
    ['.bank.example', 'https://bank.example', false],
    ['*.bank.example', 'https://api.bank.example', true],
    ['*.bank.example', 'https://bank.example', false],
    ['other.example, api.bank.example', 'https://api.bank.example', true],
    ['other.example api.bank.example', 'https://api.bank.example', true],
    ['api.bank.example:443', 'https://api.bank.example', true],
    ['api.bank.example:8443', 'https://api.bank.example', false],
    ['api.bank.example:8443', 'https://api.bank.example:8443', true],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['1.2.3', 'https://10.1.2.3', false],
    ['2.3', 'https://10.1.2.3', false],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/8', 'https://api.bank.example', false],
    ['10.0.0.0/99', 'https://10.1.2.3', false],
    ['fd00::/8', 'https://[fd00::7]', true],
    ['fd00::/8', 'https://[fe80::7]', false],
    ['fd00::7', 'https://[fd00::7]', true],
    ['[fd00::7]:443', 'https://[fd00::7]', true],
    ['[fd00::7]:8443', 'https://[fd00::7]', false],
    [',, ,', 'https://api.bank.example', false],
  ])('NO_PROXY=%s with %s: direct is %s', (noProxy, url, isDirect) => {
    expect(find({ ...PROXY, NO_PROXY: noProxy }, url) === null).toBe(isDirect)
  })

  it.each(['socks5://proxy.example:1080', 'ftp://proxy.example', 'http://', 'http://u:%zz@proxy.example', 'a b'])(
    'rejects %s by the name of the variable, without its value',
    (url) => {
      const expected =
        'expected an http or https URL such as http://proxy.example:3128, its user name and password percent-encoded'
      expect(issuesOf({ HTTPS_PROXY: url })).toEqual([`HTTPS_PROXY: ${expected}`])
      expect(issuesOf({ https_proxy: url, HTTP_PROXY: url })).toEqual([
        `https_proxy: ${expected}`,
        `HTTP_PROXY: ${expected}`,
      ])
    },
  )
})
