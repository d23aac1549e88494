import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-keys.ts'
import { startGateway, type TestGateway, type TestGatewayOptions } from './gateway.ts'

/** A gateway whose callers are bound by the grants of their keys. */
export interface KeyedGateway extends TestGateway {
  /** Returns the headers of a caller. */
  as(caller: string): Record<string, string>
}

/**
 * Starts a gateway with a key for each caller.
 *
 * @param grants by name of the caller, in the form of `API_KEYS_FILE`; undefined for all data
 */
export async function startKeyedGateway(
  grants: Readonly<Record<string, object | undefined>>,
  { environment, ...options }: TestGatewayOptions = {},
): Promise<KeyedGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'keyed-gateway-'))
  const file = join(folder, 'keys.json')
  const keys = new Map(Object.keys(grants).map((name) => [name, createApiKey()]))
  const entries = [...keys].map(([name, key]) => ({
    name,
    sha256: hashApiKey(key).toString('hex'),
    ...(grants[name] === undefined ? {} : { grants: grants[name] }),
  }))
  writeFileSync(file, JSON.stringify({ keys: entries }))
  const gateway = await startGateway({
    ...options,
    environment: { AUTH_MODE: 'api-key', API_KEYS_FILE: file, ...environment },
  })
  return {
    ...gateway,
    as: (caller) => ({ authorization: `Bearer ${keys.get(caller)}` }),
    async close() {
      await gateway.close()
      rmSync(folder, { recursive: true })
    },
  }
}
