import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { JwtSettings } from '../../../src/config.ts'
import { ConfigError, GatewayError, UnauthenticatedError } from '../../../src/errors.ts'
import { createLog } from '../../../src/log.ts'
import type { Caller } from '../../../src/operation.ts'
import { createAuthenticate } from '../../../src/server/auth/authentication.ts'
import { createJwt } from '../../../src/server/auth/jwt.ts'
import { readPublicKey } from '../../../src/server/auth/public-keys.ts'

const PROVIDERS = ['NORTH', 'SOUTH']
const ISSUER = 'https://issuer.example/'
const AUDIENCE = 'https://gateway.example'
/** Epoch seconds, as in tokens. */
const NOW = 1_793_534_400

interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}
const ec = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve })
const rsa = (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength })

let folder: string
let files = 0
const ours = ec()
const theirs = ec()
const ourRsa = rsa()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-jwt-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()

async function settingsWith(publicKey: string, more: Partial<JwtSettings> = {}): Promise<JwtSettings> {
  const file = join(folder, `key-${files++}`)
  await writeFile(file, publicKey)
  return {
    mode: 'jwt',
    keys: { file },
    issuer: ISSUER,
    audience: AUDIENCE,
    clockSkewS: 30,
    maxLifetimeS: 86_400,
    grantsClaim: 'grants',
    ...more,
  }
}

const keysOf = ({ keys }: JwtSettings) => ('url' in keys ? keys : readPublicKey(keys.file))

type CallerWith = (token: string) => Promise<Caller>

/** Authenticates callers by tokens that one public key verifies. */
async function startWith(publicKey: string, more: Partial<JwtSettings> = {}, nowMs = () => NOW * 1000) {
  const settings = await settingsWith(publicKey, more)
  return createJwt({ settings, keys: keysOf(settings), providers: PROVIDERS, log: createLog('silent'), now: nowMs })
}

const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: 'billing', exp: NOW + 60, grants: 'all' }

const sign = (
  claims: JWTPayload,
  { privateKey }: KeyPair = ours,
  header: { alg?: string; kid?: string; typ?: unknown } = {},
) => new SignJWT(claims).setProtectedHeader({ alg: 'ES256', ...header } as JWTHeaderParameters).sign(privateKey)

/** Returns a forged token. */
const forge = (header: object, claims: object, signature = '') =>
  `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.${signature}`

/** Returns the caller of a token, or the rejection. */
async function outcome(callerWith: CallerWith, token: string): Promise<string> {
  try {
    return (await callerWith(token)).name
  } catch (error) {
    if (error instanceof UnauthenticatedError) return error.kind
    if (error instanceof GatewayError) return error.code
    throw error
  }
}

/** Returns the claims without some of them. */
const without = (...names: readonly string[]) =>
  Object.fromEntries(Object.entries(CLAIMS).filter(([name]) => !names.includes(name)))

describe('createJwt()', () => {
  it('keeps a caller current until the token expires, plus the clock skew', async () => {
    let nowMs = NOW * 1000
    const caller = await (await startWith(pemOf(ours.publicKey), { clockSkewS: 30 }, () => nowMs))(await sign(CLAIMS))
    nowMs = (NOW + 60 + 30) * 1000 - 1
    expect(caller.isCurrent()).toBe(true)
    nowMs += 1
    expect(caller.isCurrent()).toBe(false)
  })

  let callerWith: CallerWith
  beforeAll(async () => {
    callerWith = await startWith(pemOf(ours.publicKey))
  })

  it.each([
    ['"all"', 'all', null],
    ['an empty object', {}, new Map()],
    ['one provider', { NORTH: 'all' }, new Map([['NORTH', { accounts: null }]])],
    ['accounts', { SOUTH: { accounts: ['a', 'b'] } }, new Map([['SOUTH', { accounts: ['a', 'b'] }]])],
  ])('returns the grants %s of a token', async (_, grants, granted) => {
    expect(await callerWith(await sign({ ...CLAIMS, grants }))).toEqual({ name: 'billing', grants: granted })
  })

  it.each(['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/jwt', 'application/at+jwt', undefined])(
    'accepts a token of the type %s',
    async (typ) => {
      expect(await outcome(callerWith, await sign(CLAIMS, ours, typ === undefined ? {} : { typ }))).toBe('billing')
    },
  )

  it.each(['logout+jwt', 'dpop+jwt', 'id+jwt', 'JWS', '', 'application/', 'text/jwt', 1, null])(
    'rejects a token of the type %j',
    async (typ) => {
      expect(await outcome(callerWith, await sign(CLAIMS, ours, { typ }))).toBe('invalid')
    },
  )

  it.each([
    ['a day from its issue to its end', { iat: NOW - 10, exp: NOW - 10 + 86_400 }, 'billing'],
    ['longer, from its issue to its end', { iat: NOW - 10, exp: NOW - 10 + 86_401 }, 'invalid'],
    ['a day from now, without an issue', { exp: NOW + 86_400 }, 'billing'],
    ['longer, without an issue', { exp: NOW + 86_431 }, 'invalid'],
    ['longer, with an issue that is still to come', { iat: NOW + 86_400, exp: NOW + 2 * 86_400 }, 'invalid'],
  ])('judges a token that is valid for %s', async (_, times, expected) => {
    expect(await outcome(callerWith, await sign({ ...CLAIMS, ...times }))).toBe(expected)
  })

  it.each([
    ['are missing', without('grants')],
    ['are null', { ...CLAIMS, grants: null }],
    ['are a list', { ...CLAIMS, grants: ['NORTH'] }],
    ['name a provider that is unknown', { ...CLAIMS, grants: { NORTH: 'all', EAST: 'all' } }],
    ['say something else of a provider', { ...CLAIMS, grants: { NORTH: true } }],
    ['are in another claim', { ...without('grants'), scope: 'all' }],
  ])('rejects a token whose grants %s', async (_, claims) => {
    expect(await outcome(callerWith, await sign(claims))).toBe('invalid')
  })

  it('reads the grants from the configured claim', async () => {
    const named = await startWith(pemOf(ours.publicKey), { grantsClaim: 'https://gateway.example/grants' })
    const token = await sign({ ...CLAIMS, 'https://gateway.example/grants': { NORTH: 'all' } })
    expect((await named(token)).grants).toEqual(new Map([['NORTH', { accounts: null }]]))
  })

  it('reads no inherited property as a claim', async () => {
    const named = await startWith(pemOf(ours.publicKey), { grantsClaim: 'constructor' })
    expect(await outcome(named, await sign(CLAIMS))).toBe('invalid')
  })

  it('grants everything to every token when tokens hold no grants', async () => {
    const everything = await startWith(pemOf(ours.publicKey), { grantsClaim: null })
    expect(await everything(await sign(without('grants')))).toEqual({ name: 'billing', grants: null })
    expect(await everything(await sign({ ...CLAIMS, grants: {} }))).toEqual({ name: 'billing', grants: null })
  })

  it.each([
    ['from another issuer', { ...CLAIMS, iss: 'https://issuer.example' }],
    ['without an issuer', without('iss')],
    ['for somebody else', { ...CLAIMS, aud: 'https://gateway.example.org' }],
    ['for several others', { ...CLAIMS, aud: ['a', 'b'] }],
    ['for nobody', without('aud')],
    ['without an end', without('exp')],
    ['with an end that is no number', { ...CLAIMS, exp: '2027-01-01' as never }],
    ['about nobody', without('sub')],
    ['about an empty name', { ...CLAIMS, sub: '' }],
    ['about a name that is no text', { ...CLAIMS, sub: 7 as never }],
    ['about a name of 256 characters', { ...CLAIMS, sub: 'n'.repeat(256) }],
  ])('rejects a token %s', async (_, claims) => {
    expect(await outcome(callerWith, await sign(claims))).toBe('invalid')
  })

  it('accepts a token with several audiences', async () => {
    expect(await outcome(callerWith, await sign({ ...CLAIMS, aud: ['a', AUDIENCE] }))).toBe('billing')
  })

  it.each([
    ['exp', 31, 'billing'],
    ['exp', 1, 'billing'],
    ['exp', -29, 'billing'],
    ['exp', -30, 'expired'],
    ['exp', -31, 'expired'],
    ['nbf', 29, 'billing'],
    ['nbf', 30, 'billing'],
    ['nbf', 31, 'invalid'],
  ])(
    'with clocks 30 seconds apart at most takes an %s that is %i seconds ahead for: %s',
    async (claim, ahead, whom) => {
      expect(await outcome(callerWith, await sign({ ...CLAIMS, [claim]: NOW + ahead }))).toBe(whom)
    },
  )

  it.each([
    ['exp', 1, 'billing'],
    ['exp', 0, 'expired'],
    ['nbf', 0, 'billing'],
    ['nbf', 1, 'invalid'],
  ])('with clocks that agree takes an %s that is %i seconds ahead for: %s', async (claim, ahead, whom) => {
    const exact = await startWith(pemOf(ours.publicKey), { clockSkewS: 0 })
    expect(await outcome(exact, await sign({ ...CLAIMS, [claim]: NOW + ahead }))).toBe(whom)
  })

  it('reports as expired only tokens that were valid before', async () => {
    expect(await outcome(callerWith, await sign({ ...CLAIMS, exp: NOW - 99 }, theirs))).toBe('invalid')
    expect(await outcome(callerWith, await sign({ ...CLAIMS, exp: NOW - 99, iss: 'other' }))).toBe('invalid')
  })

  it('rejects a token that another issuer has signed', async () => {
    expect(await outcome(callerWith, await sign(CLAIMS, theirs))).toBe('invalid')
  })

  it('rejects a token that has been altered in any part', async () => {
    const token = await sign(CLAIMS)
    const [header, claims, signature] = token.split('.')
    const altered = [
      forge({ alg: 'ES256' }, { ...CLAIMS, sub: 'root' }, signature),
      forge({ alg: 'ES384' }, CLAIMS, signature),
      `${header}.${claims}.${'A'.repeat(86)}`,
      `${header}.${claims}.`,
    ]
    for (const forged of altered) expect(await outcome(callerWith, forged)).toBe('invalid')
    expect(await outcome(callerWith, token)).toBe('billing')
  })

  it.each(['none', 'None', 'NONE', '', 'HS256', 'HS384', 'HS512', 'ES256K', 'dir', 'RSA1_5'])(
    'rejects the algorithm "%s"',
    async (alg) => {
      expect(await outcome(callerWith, forge({ alg }, CLAIMS))).toBe('invalid')
      expect(await outcome(callerWith, forge({ alg }, CLAIMS, 'AAAA'))).toBe('invalid')
    },
  )

  it.each([
    ['an elliptic curve', ours],
    ['RSA', ourRsa],
  ])('rejects a token that is signed with the public key of %s as a shared secret', async (_, { publicKey }) => {
    const verifying = await startWith(pemOf(publicKey))
    const secrets = [
      pemOf(publicKey),
      pemOf(publicKey).trim(),
      publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(publicKey.export({ format: 'jwk' })),
    ]
    for (const [alg, hash] of [
      ['HS256', 'sha256'],
      ['HS512', 'sha512'],
    ] as const) {
      for (const secret of secrets) {
        const body = forge({ alg }, CLAIMS).slice(0, -1)
        const signature = createHmac(hash, secret).update(body).digest('base64url')
        expect(await outcome(verifying, `${body}.${signature}`)).toBe('invalid')
      }
    }
  })

  it('uses no key from the token', async () => {
    const jwk = await exportJWK(theirs.publicKey)
    for (const header of [
      { jwk },
      { jku: 'http://127.0.0.1:1/' },
      { x5u: 'http://127.0.0.1:1/' },
      { kid: '/dev/null' },
    ]) {
      const token = await new SignJWT(CLAIMS).setProtectedHeader({ alg: 'ES256', ...header }).sign(theirs.privateKey)
      expect(await outcome(callerWith, token)).toBe('invalid')
    }
  })

  it.each([
    ['nothing', ''],
    ['dots', '..'],
    ['two parts', 'a.b'],
    ['five parts, as if it were encrypted', 'a.b.c.d.e'],
    ['no JSON', `${Buffer.from('{').toString('base64url')}.e30.AAAA`],
    ['a list for a header', forge([], CLAIMS, 'AAAA')],
    ['a header that must be understood and is not', forge({ alg: 'ES256', crit: ['x'], x: 1 }, CLAIMS, 'AAAA')],
    ['an unencoded payload', forge({ alg: 'ES256', crit: ['b64'], b64: false }, CLAIMS, 'AAAA')],
    ['16 KiB', forge({ alg: 'ES256' }, { ...CLAIMS, more: 'x'.repeat(12_000) }, 'AAAA')],
  ])('rejects a token of %s', async (_, token) => {
    expect(await outcome(callerWith, token)).toBe('invalid')
  })

  const pss = (bits: number) => ['RS', 'PS'].map((family) => `${family}${bits}`)
  it.each([
    ...[256, 384, 512].flatMap(pss).map((alg) => [alg, ourRsa] as const),
    ['ES256', ours] as const,
    ['ES384', ec('P-384')] as const,
    ['ES512', ec('P-521')] as const,
    ['EdDSA', generateKeyPairSync('ed25519')] as const,
    ['Ed25519', generateKeyPairSync('ed25519')] as const,
  ])('accepts %s', async (alg, pair) => {
    const verifying = await startWith(pemOf(pair.publicKey))
    expect(await outcome(verifying, await sign(CLAIMS, pair, { alg }))).toBe('billing')
    expect(await outcome(callerWith, await sign(CLAIMS, ec(), { alg: 'ES256' }))).toBe('invalid')
  })

  it('accepts only the algorithm that a JWK names', async () => {
    const jwk = { ...(await exportJWK(ourRsa.publicKey)), alg: 'PS256' }
    const verifying = await startWith(JSON.stringify(jwk))
    expect(await outcome(verifying, await sign(CLAIMS, ourRsa, { alg: 'PS256' }))).toBe('billing')
    expect(await outcome(verifying, await sign(CLAIMS, ourRsa, { alg: 'RS256' }))).toBe('invalid')
  })
})

describe('JWT_PUBLIC_KEY_FILE', () => {
  const faultOf = async (text: string) =>
    startWith(text).then(
      () => null,
      (error: unknown) => (error instanceof ConfigError ? error.issues : error),
    )

  it.each([
    ['PEM', () => pemOf(ours.publicKey)],
    ['PEM with text around it', () => `our key\n${pemOf(ours.publicKey)}\n`],
    ['a JWK', () => JSON.stringify(ours.publicKey.export({ format: 'jwk' }))],
    ['a JWK with blanks around it', () => `\n ${JSON.stringify(ours.publicKey.export({ format: 'jwk' }), null, 2)}\n`],
  ])('may be %s', async (_, text) => {
    expect(await outcome(await startWith(text()), await sign(CLAIMS))).toBe('billing')
  })

  const PRIVATE = 'a public key, not a private one'
  const MALFORMED = 'a public key as PEM or JWK'
  const UNFIT = 'an RSA key of 2048 bits or more, a key on P-256, P-384 or P-521, or an Ed25519 key'
  it.each([
    ['nothing', () => '', MALFORMED],
    ['some text', () => 'hunter2', MALFORMED],
    ['half a key', () => pemOf(ours.publicKey).slice(0, 80), MALFORMED],
    ['half a JWK', () => '{"kty":"EC","hunter2', MALFORMED],
    ['a set of keys', () => JSON.stringify({ keys: [ours.publicKey.export({ format: 'jwk' })] }), MALFORMED],
    ['a shared secret', () => JSON.stringify({ kty: 'oct', k: 'aHVudGVyMg' }), MALFORMED],
    ['a private key', () => ours.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), PRIVATE],
    ['a private JWK', () => JSON.stringify(ours.privateKey.export({ format: 'jwk' })), PRIVATE],
    ['a short RSA key', () => pemOf(rsa(1024).publicKey), UNFIT],
    ['a key on another curve', () => pemOf(ec('secp256k1').publicKey), UNFIT],
    ['a key for encryption', () => pemOf(generateKeyPairSync('x25519').publicKey), UNFIT],
    [
      'a JWK for another algorithm',
      () => JSON.stringify({ ...ours.publicKey.export({ format: 'jwk' }), alg: 'HS256' }),
      UNFIT,
    ],
  ])('stops the start when it contains %s', async (_, text, expected) => {
    expect(await faultOf(text())).toEqual([`JWT_PUBLIC_KEY_FILE: expected ${expected}`])
  })

  it('stops the start when it is missing', async () => {
    const settings = { ...(await settingsWith('')), keys: { file: join(folder, 'nothing') } }
    expect(() => createAuthenticate({ settings, providers: PROVIDERS, log: createLog('silent') })).toThrow(
      new ConfigError(['JWT_PUBLIC_KEY_FILE: expected a file that can be read (ENOENT)']),
    )
  })
})

describe('JWT_JWKS_URL', () => {
  let issuer: Server
  let url: string
  let fetched: number
  /** The answer of the issuer. */
  let answer: (response: import('node:http').ServerResponse) => void
  let lines: string[]
  let elapsedMs: number

  beforeEach(async () => {
    fetched = 0
    elapsedMs = 0
    lines = []
    issuer = createServer((_, response) => {
      fetched += 1
      answer(response)
    })
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys?set=1`
  })
  afterEach(() => {
    issuer.closeAllConnections()
    issuer.close()
  })

  const jwkOf = async ({ publicKey }: KeyPair, kid: string) => ({ ...(await exportJWK(publicKey)), kid })

  async function publish(...keys: readonly object[]) {
    answer = (response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
  }

  const fail = (status = 500) => {
    answer = (response) => response.writeHead(status).end('hunter2')
  }

  async function start() {
    const settings = await settingsWith('', { keys: { url } })
    const log = createLog('debug', (line) => lines.push(line))
    const keySet = { timeoutMs: 200, elapsed: () => elapsedMs }
    return createJwt({ settings, keys: keysOf(settings), providers: PROVIDERS, log, now: () => NOW * 1000, keySet })
  }

  const MINUTE_MS = 60_000
  const UNAVAILABLE = 'AUTHENTICATION_UNAVAILABLE'

  it('is fetched for the first token, once for many concurrent tokens', async () => {
    await publish(await jwkOf(ours, 'a'))
    const callerWith = await start()
    expect(fetched).toBe(0)
    const token = await sign(CLAIMS, ours, { kid: 'a' })
    const names = await Promise.all(Array.from({ length: 20 }, () => outcome(callerWith, token)))
    expect(names).toEqual(Array(20).fill('billing'))
    expect(fetched).toBe(1)
  })

  it('is not fetched for malformed tokens or algorithms that are not allowed', async () => {
    await publish(await jwkOf(ours, 'a'))
    const callerWith = await start()
    for (const token of [
      '',
      'a.b.c',
      forge({ alg: 'none' }, CLAIMS),
      forge({ alg: 'HS256', kid: 'a' }, CLAIMS, 'AAAA'),
    ]) {
      expect(await outcome(callerWith, token)).toBe('invalid')
    }
    expect(fetched).toBe(0)
  })

  it('is fetched again every ten minutes, so that a withdrawn key is rejected', async () => {
    await publish(await jwkOf(ours, 'a'))
    const callerWith = await start()
    const token = await sign(CLAIMS, ours, { kid: 'a' })
    await outcome(callerWith, token)
    await publish(await jwkOf(theirs, 'b'))
    elapsedMs = 10 * MINUTE_MS - 1
    expect(await outcome(callerWith, token)).toBe('billing')
    elapsedMs = 10 * MINUTE_MS
    expect(await outcome(callerWith, token)).toBe('invalid')
    expect(fetched).toBe(2)
  })

  it('is fetched for a new key within seconds after a rotation', async () => {
    await publish(await jwkOf(ours, 'a'))
    const callerWith = await start()
    await outcome(callerWith, await sign(CLAIMS, ours, { kid: 'a' }))
    await publish(await jwkOf(theirs, 'b'))
    const token = await sign(CLAIMS, theirs, { kid: 'b' })
    elapsedMs = 2_999
    expect(await outcome(callerWith, token)).toBe('invalid')
    elapsedMs = 3_000
    expect(await outcome(callerWith, token)).toBe('billing')
    expect(fetched).toBe(2)
  })

  it.each([
    ['the same id', { kid: 'a' }],
    ['no id', {}],
  ])('is fetched again within seconds when another key has %s', async (_, header) => {
    const jwk = async (pair: KeyPair) => ({ ...(await exportJWK(pair.publicKey)), ...header })
    await publish(await jwk(ours))
    const callerWith = await start()
    expect(await outcome(callerWith, await sign(CLAIMS, ours, header))).toBe('billing')
    await publish(await jwk(theirs))
    elapsedMs = 3_000
    expect(await outcome(callerWith, await sign(CLAIMS, theirs, header))).toBe('billing')
    expect(await outcome(callerWith, await sign(CLAIMS, ours, header))).toBe('invalid')
    expect(fetched).toBe(2)
  })

  it('is fetched at most once in three seconds, for any tokens', async () => {
    await publish(await jwkOf(ours, 'a'))
    const callerWith = await start()
    await outcome(callerWith, await sign(CLAIMS, ours, { kid: 'a' }))
    const made = await Promise.all(
      Array.from({ length: 30 }, (_, kid) => sign(CLAIMS, theirs, { kid: kid === 0 ? 'a' : `made-up-${kid}` })),
    )
    for (elapsedMs = 0; elapsedMs < 30_000; elapsedMs += 1_000) {
      const outcomes = await Promise.all(made.map((token) => outcome(callerWith, token)))
      expect(new Set(outcomes)).toEqual(new Set(['invalid']))
    }
    // The first fetch, then at most one every three seconds.
    expect(fetched).toBeLessThanOrEqual(1 + 30 / 3)
    await publish(await jwkOf(ours, 'a'), await jwkOf(theirs, 'new'))
    elapsedMs += 3_000
    expect(await outcome(callerWith, await sign(CLAIMS, theirs, { kid: 'new' }))).toBe('billing')
  })

  it('is fetched at growing intervals for a key id that does not exist', async () => {
    await publish(await jwkOf(ours, 'a'))
    const callerWith = await start()
    await outcome(callerWith, await sign(CLAIMS, ours, { kid: 'a' }))
    const token = await sign(CLAIMS, theirs, { kid: 'made-up' })
    const fetches: number[] = []
    for (elapsedMs = 0; elapsedMs <= 110_000; elapsedMs += 1_000) {
      const before = fetched
      expect(await outcome(callerWith, token)).toBe('invalid')
      if (fetched > before) fetches.push(elapsedMs / 1_000)
    }
    expect(fetches).toEqual([3, 6, 12, 24, 48, 78, 108])
  })

  it.each([
    ['another issuer', { ...CLAIMS, iss: 'https://other.example' }, {}],
    ['another audience', { ...CLAIMS, aud: 'https://other.example' }, {}],
    ['no audience', without('aud'), {}],
    ['an end that has passed', { ...CLAIMS, exp: NOW - 31 }, {}],
    ['no end', without('exp'), {}],
    ['too long a life', { ...CLAIMS, iat: NOW, exp: NOW + 86_401 }, {}],
    ['another type', CLAIMS, { typ: 'logout+jwt' }],
    ['another algorithm', CLAIMS, { alg: 'HS256' }],
  ])('is never fetched for a token with %s', async (_, claims, header) => {
    await publish(await jwkOf(ours, 'a'))
    const callerWith = await start()
    const signedBy = (kid: string) =>
      'alg' in header ? forge({ ...header, kid }, claims, 'AAAA') : sign(claims, theirs, { ...header, kid })
    // Not without keys, not for a new key id, and not with outdated keys.
    expect(await outcome(callerWith, await signedBy('b'))).toBe('invalid')
    expect(fetched).toBe(0)
    expect(await outcome(callerWith, await sign(CLAIMS, ours, { kid: 'a' }))).toBe('billing')
    for (elapsedMs of [3_000, 11 * MINUTE_MS]) {
      for (const kid of ['a', 'b']) expect(await outcome(callerWith, await signedBy(kid))).toBe('invalid')
    }
    expect(fetched).toBe(1)
  })

  const hang = () => {
    answer = () => {}
  }
  const hangInside = () => {
    answer = (response) => response.writeHead(200).write('{"keys":[')
  }
  const drop = () => {
    answer = (response) => response.destroy()
  }
  const redirect = () => {
    answer = (response) => response.writeHead(302, { location: '/elsewhere' }).end()
  }
  const send = (text: string) => () => {
    answer = (response) => response.end(text)
  }
  const failures = [
    ['answers with 500', fail, 'status 500'],
    ['redirects', redirect, 'status 302'],
    ['hangs up', drop, 'UND_ERR_SOCKET'],
    ['does not answer in time', hang, 'TimeoutError'],
    ['does not come to an end in time', hangInside, 'TimeoutError'],
    ['sends no JSON', send('hunter2'), 'no JSON Web Key Set'],
    ['sends something else', send('{"keys":"hunter2"}'), 'no JSON Web Key Set'],
    ['sends an empty set', send('{"keys":[]}'), 'no usable key'],
    [
      'sends keys that verify nothing',
      send('{"keys":[{"kty":"oct","k":"aHVudGVyMg"},{"kty":"hunter2"}]}'),
      'no usable key',
    ],
    ['sends far too much', send(`{"keys":[],"x":"${'hunter2'.repeat(200_000)}"}`), 'more than 1048576 bytes'],
  ] as const

  it.each(failures)(
    'that %s is answered with AUTHENTICATION_UNAVAILABLE, not with a rejection of the caller',
    async (_, spoil, reason) => {
      spoil()
      const callerWith = await start()
      expect(await outcome(callerWith, await sign(CLAIMS, ours, { kid: 'a' }))).toBe(UNAVAILABLE)
      expect(lines.map((line) => JSON.parse(line))).toEqual([
        { time: expect.any(String), level: 'error', message: 'fetching the keys for tokens failed', reason },
      ])
      expect(lines.join('')).not.toContain('hunter2')
    },
  )

  it('that does not answer is fetched at most every five seconds', async () => {
    fail()
    const callerWith = await start()
    const token = await sign(CLAIMS, ours, { kid: 'a' })
    for (const [at, asked] of [
      [0, 1],
      [4_999, 1],
      [5_000, 2],
      [9_999, 2],
    ] as const) {
      elapsedMs = at
      expect(await outcome(callerWith, token)).toBe(UNAVAILABLE)
      expect(fetched).toBe(asked)
    }
    await publish(await jwkOf(ours, 'a'))
    elapsedMs = 10_000
    expect(await outcome(callerWith, token)).toBe('billing')
  })

  it.each(failures)('that %s leaves the keys of before good for a day', async (_, spoil) => {
    await publish(await jwkOf(ours, 'a'))
    const callerWith = await start()
    const token = await sign(CLAIMS, ours, { kid: 'a' })
    await outcome(callerWith, token)
    spoil()
    const day = 24 * 60 * MINUTE_MS
    for (elapsedMs = 10 * MINUTE_MS; elapsedMs < day; elapsedMs += 230 * MINUTE_MS) {
      expect(await outcome(callerWith, token)).toBe('billing')
    }
    elapsedMs = day
    expect(await outcome(callerWith, token)).toBe(UNAVAILABLE)
  })

  it('delays only the request of its first failure', async () => {
    await publish(await jwkOf(ours, 'a'))
    const callerWith = await start()
    const token = await sign(CLAIMS, ours, { kid: 'a' })
    await outcome(callerWith, token)
    hang()
    elapsedMs = 10 * MINUTE_MS
    expect(await outcome(callerWith, token)).toBe('billing')
    expect(lines).toHaveLength(1)
    elapsedMs += 5_000
    // The next attempt is in flight when this one is answered; otherwise it would have been logged as failed.
    expect(await outcome(callerWith, token)).toBe('billing')
    expect(lines).toHaveLength(1)
    await expect.poll(() => fetched).toBe(3)
    await expect.poll(() => lines.length).toBe(2)
  })

  it('that cannot confirm a new key id makes authentication unavailable', async () => {
    await publish(await jwkOf(ours, 'a'))
    const callerWith = await start()
    await outcome(callerWith, await sign(CLAIMS, ours, { kid: 'a' }))
    fail()
    elapsedMs = 30_000
    const token = await sign(CLAIMS, theirs, { kid: 'b' })
    expect(await outcome(callerWith, token)).toBe(UNAVAILABLE)
    expect(await outcome(callerWith, await sign(CLAIMS, ours, { kid: 'a' }))).toBe('billing')
    await publish(await jwkOf(theirs, 'b'))
    elapsedMs = 35_000
    expect(await outcome(callerWith, token)).toBe('billing')
  })

  it('may contain keys for other purposes', async () => {
    const forEncryption = { ...(await jwkOf(ours, 'a')), use: 'enc' }
    await publish(
      { kty: 'oct', k: 'aHVudGVyMg', kid: 'a' },
      { kty: 'unheard of' },
      forEncryption,
      await jwkOf(theirs, 'b'),
    )
    const callerWith = await start()
    expect(await outcome(callerWith, await sign(CLAIMS, theirs, { kid: 'b' }))).toBe('billing')
    expect(await outcome(callerWith, await sign(CLAIMS, ours, { kid: 'a' }))).toBe('invalid')
    const secret = forge({ alg: 'HS256', kid: 'a' }, CLAIMS).slice(0, -1)
    const signature = createHmac('sha256', 'hunter2').update(secret).digest('base64url')
    expect(await outcome(callerWith, `${secret}.${signature}`)).toBe('invalid')
  })

  it('may contain one key without an id for tokens without one', async () => {
    await publish(await exportJWK(ours.publicKey))
    expect(await outcome(await start(), await sign(CLAIMS))).toBe('billing')
  })
})
