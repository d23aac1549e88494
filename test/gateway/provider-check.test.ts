import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { createGateway, type Gateway, PROVIDERS } from '../../src/gateway.ts'
import type { Log } from '../../src/log.ts'
import type { Sandbox } from '../../src/sandbox/server.ts'
import { example } from '../support/example-provider/index.ts'

type Line = Readonly<Record<string, unknown>>

describe.each([...PROVIDERS, example].map((provider) => [provider.name, provider] as const))(
  'checkProviders() with %s',
  (name, provider) => {
    let sandbox: Sandbox
    let gateway: Gateway | null = null
    let warnings: Line[]

    beforeEach(async () => {
      sandbox = await provider.startSandbox({ data: 'empty' })
      warnings = []
    })
    afterEach(async () => {
      await gateway?.close()
      await sandbox.close()
    })

    /** Checks the provider in a changed environment. Returns the warnings of the check. */
    async function check(environment: Environment = {}): Promise<readonly Line[]> {
      const none = () => {}
      const log: Log = {
        debug: none,
        info: none,
        error: none,
        warn: (message, fields) => void warnings.push({ message, ...fields }),
      }
      gateway = createGateway({
        providers: [provider],
        environment: { LOG_LEVEL: 'silent', ...sandbox.environment, ...environment },
        log,
      })
      await gateway.checkProviders()
      return warnings.filter(({ message }) => message === 'provider check failed')
    }

    const nameOf = (ending: RegExp) => Object.keys(sandbox.environment).find((variable) => ending.test(variable))!
    const failed = (cause: string, code: string) => [
      { message: 'provider check failed', provider: name, operation: expect.any(String), code, cause },
    ]

    it('sends one request to each host, and logs nothing when they succeed', async () => {
      expect(await check()).toEqual([])
      expect(warnings).toEqual([])
      expect(sandbox.servers.map(({ requests }) => requests.length)).toEqual(sandbox.servers.map(() => 1))
    })

    it('reports wrong credentials with the status', async () => {
      const environment = { [nameOf(/_(TOKEN|SECRET|KEY)$/)]: 'hunter2' }
      expect(await check(environment)).toEqual(failed('401', 'UPSTREAM_AUTH'))
      expect(JSON.stringify(warnings)).not.toContain('hunter2')
    })

    it('reports a host that refuses connections with the code of the network, without its address', async () => {
      const address = { [nameOf(/_BASE_URL$/)]: 'http://127.0.0.1:1/hidden' }
      expect(await check(address)).toEqual(failed('ECONNREFUSED', 'UPSTREAM_UNAVAILABLE'))
      expect(JSON.stringify(warnings)).not.toMatch(/127\.0\.0\.1|hidden/)
    })

    it('reports a host that does not answer', async () => {
      sandbox.servers[0].fault({ kind: 'hang' })
      expect(await check({ UPSTREAM_TIMEOUT_MS: '300' })).toEqual(failed('UPSTREAM_TIMEOUT', 'UPSTREAM_TIMEOUT'))
    })

    it('reports nothing when the gateway is closed meanwhile', async () => {
      sandbox.servers[0].fault({ kind: 'hang' })
      const checked = check()
      await expect.poll(() => sandbox.servers[0].requests.length).toBe(1)
      await gateway!.close()
      expect(await checked).toEqual([])
    })
  },
)
