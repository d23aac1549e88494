import { CLIENT } from '../data/kobble.ts'
import { PARTNER } from '../data/vobiz.ts'
import { type Answer, errorAnswer, InvalidRequestError, type UpstreamRequest } from './answer.ts'
import { answerKobble } from './kobble.ts'
import { answerVobiz } from './vobiz.ts'

/** Paths of the base URLs on the upstream server. */
export const BASE_PATHS = { vobiz: '/vobiz', kobble: '/kobble' } as const

/** Headers with which the requests to each provider are accepted. */
export const CREDENTIALS = {
  vobiz: { 'x-auth-id': PARTNER.authId, 'x-auth-token': PARTNER.token },
  kobble: { authorization: `Bearer ${CLIENT.token}` },
} as const

type ProviderName = keyof typeof BASE_PATHS

/** Returns the provider whose API a target belongs to; null for any other target. */
export function providerOf(target: string): ProviderName | null {
  if (target.startsWith(`${BASE_PATHS.vobiz}/`)) return 'vobiz'
  return target.startsWith(`${BASE_PATHS.kobble}/`) ? 'kobble' : null
}

/** True for the request that fetches a token. It belongs to no operation. */
export const isTokenRequest = (target: string): boolean => target === `${BASE_PATHS.kobble}/token`

/** Computes the answer to an authenticated request; the same for all requests with this method and target. */
export function answerOf(method: string, target: string): Answer {
  const provider = providerOf(target)
  if (provider === null) return errorAnswer(404, 'no such resource')
  const [path = '', query = ''] = target.slice(BASE_PATHS[provider].length).split('?')
  const request: UpstreamRequest = { method, path, query: new URLSearchParams(query) }
  try {
    return provider === 'vobiz' ? answerVobiz(request) : answerKobble(request)
  } catch (error) {
    if (error instanceof InvalidRequestError) return errorAnswer(400, error.message)
    throw error
  }
}
