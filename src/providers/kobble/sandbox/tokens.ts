import { createRandom } from '../../../sandbox/random.ts'
import type { UpstreamReply, UpstreamRequest } from '../../../sandbox/server.ts'
import { METHOD_NOT_ALLOWED, NOT_FOUND } from './replies.ts'
import type { KobbleSandboxTraits } from './traits.ts'

export const CLIENT = { id: 'sandbox-client', secret: 'sandbox-client-secret-not-a-secret' }

const SCOPES = ['client/read', 'client/write', 'administrator/read', 'administrator/write']

/**
 * Creates the token host. Tokens look like JWTs but carry no meaning; the same requests get the same tokens on every
 * start.
 */
export function createTokenIssuer(traits: KobbleSandboxTraits) {
  const random = createRandom(0x70ce2)
  const expiries = new Map<string, number>()

  function refuse(status: number, error: string): UpstreamReply {
    return { status, json: { error } }
  }

  function issue(scope: string): string {
    const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const header = { kid: 'sandbox', alg: 'RS256' }
    const claims = { sub: CLIENT.id, token_use: 'access', scope, client_id: CLIENT.id, jti: random.uuid() }
    return `${encode(header)}.${encode(claims)}.${random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', 86)}`
  }

  return {
    answer(request: UpstreamRequest): UpstreamReply {
      if (request.path !== '/oauth2/token') return NOT_FOUND
      if (request.method !== 'POST') return METHOD_NOT_ALLOWED
      const isForm = request.headers['content-type']?.split(';')[0] === 'application/x-www-form-urlencoded'
      const form = new URLSearchParams(isForm ? request.body : '')
      const scope = form.get('scope')
      if (!form.has('grant_type') || scope === null) return refuse(400, 'invalid_request')
      if (form.get('client_id') !== CLIENT.id || form.get('client_secret') !== CLIENT.secret) {
        return refuse(401, 'invalid_client')
      }
      if (form.get('grant_type') !== 'client_credentials') return refuse(400, 'unsupported_grant_type')
      if (!scope.split(' ').every((part) => SCOPES.includes(part))) return refuse(400, 'invalid_scope')

      const now = Date.now()
      for (const [token, expiresAt] of expiries) if (expiresAt <= now) expiries.delete(token)
      const access_token = issue(scope)
      expiries.set(access_token, now + traits.tokenLifeSeconds * 1000)
      return { status: 200, json: { access_token, expires_in: traits.tokenLifeSeconds, token_type: 'Bearer' } }
    },
    honours(authorization: string | undefined): boolean {
      const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? ''
      return (expiries.get(token) ?? 0) > Date.now()
    },
    revoke() {
      expiries.clear()
    },
  }
}
