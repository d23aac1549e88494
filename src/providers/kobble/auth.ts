import { UpstreamAuthError, UpstreamStatusError } from '../../errors.ts'
import type { ReadSignal } from '../../operation.ts'
import { abortable } from '../../upstream/abortable.ts'
import { SINGLE_ROW } from '../../upstream/answer-limits.ts'
import type { UpstreamClient } from '../../upstream/types.ts'
import type { SharedState } from '../shared-state.ts'
import type { KobbleConfig } from './config.ts'
import { type KeptToken, SharedToken } from './shared-token.ts'
import { readAccessToken } from './wire.ts'

/**
 * Time before its expiry at which a token is renewed. A token that lives less than twice as long is renewed at half its
 * life.
 */
const RENEWAL_MARGIN_MS = 60_000
/** The shortest time between two tokens that are dropped because Kobble rejected them. */
const MIN_DROP_INTERVAL_MS = 5000

/** Kobble's bearer token: fetched, kept and renewed. */
export interface TokenSource {
  /**
   * Returns a token that is valid for the next request. Callers share one renewal, which goes on when one of them aborts.
   * @throws {UpstreamError} when the token endpoint fails; `UpstreamAuthError` when it rejects the credentials
   */
  token(signal?: ReadSignal): Promise<string>
  /**
   * Drops a token that Kobble rejected, at most once in five seconds: when Kobble answers 401 for another reason than the
   * token, a new one does not help, and callers must not make the gateway fetch one each time.
   *
   * @returns true when the next call of `token` returns another token
   */
  drop(token: string): boolean
  close(): Promise<void>
}

export interface TokenSourceOptions {
  readonly config: KobbleConfig
  /** For the token endpoint; the source closes it. */
  readonly client: UpstreamClient
  /** What the processes of the gateway share; null, or left out, when they share nothing. */
  readonly shared?: SharedState | null
  /** The clock, in epoch milliseconds. */
  readonly now?: () => number
}

/**
 * Creates a source of OAuth 2.0 client-credentials tokens. It keeps one token in memory, which processes share
 * where they can. Its requests count for no operation.
 */
export function createTokenSource({ config, client, shared = null, now = Date.now }: TokenSourceOptions): TokenSource {
  const errorContext = { provider: 'KOBBLE', operation: 'getAccessToken' }
  const sharedToken = shared && new SharedToken(shared, [config.tokenUrl, config.scope], now)
  let kept: KeptToken | null = null
  let rejected: string | null = null
  let renewal: Promise<string> | null = null
  let droppedAt = Number.NEGATIVE_INFINITY

  async function renew(): Promise<string> {
    kept = (await sharedToken?.find(rejected)) ?? (await fetchShared())
    return kept.token
  }

  /** Fetches a token for all processes. */
  async function fetchShared(): Promise<KeptToken> {
    try {
      const fetched = await fetchToken()
      // No caller waits until others can use it.
      void sharedToken?.keep(fetched)
      return fetched
    } catch (error) {
      void sharedToken?.giveUp()
      throw error
    }
  }

  async function fetchToken(): Promise<KeptToken> {
    const requestedAt = now()
    const form = {
      grant_type: 'client_credentials',
      client_id: config.clientId,
      client_secret: config.clientSecret,
      scope: config.scope,
    }
    const { json } = await client
      .postForm({ operation: errorContext.operation, path: '', form, limits: SINGLE_ROW })
      .catch(translateRejection)
    const { token, expiresInMs } = readAccessToken(json, errorContext)
    const renewAfterMs = Math.max(expiresInMs / 2, expiresInMs - RENEWAL_MARGIN_MS)
    return { token, renewAt: requestedAt + renewAfterMs }
  }

  /** Translates status 400, with which OAuth sends `invalid_client` and similar errors. */
  function translateRejection(error: unknown): never {
    if (error instanceof UpstreamStatusError && error.status === 400) {
      throw new UpstreamAuthError({ ...errorContext, status: 400, cause: error })
    }
    throw error
  }

  return {
    async token(signal) {
      signal?.throwIfAborted()
      if (kept !== null && now() < kept.renewAt) return kept.token
      renewal ??= renew().finally(() => {
        renewal = null
      })
      return abortable(renewal, signal)
    },
    drop(token) {
      if (kept?.token !== token) return true
      if (now() - droppedAt < MIN_DROP_INTERVAL_MS) return false
      droppedAt = now()
      rejected = token
      kept = null
      return true
    },
    close: () => client.close(),
  }
}
