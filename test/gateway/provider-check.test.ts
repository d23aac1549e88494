import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { createGateway, type Gateway, PROVIDERS } from '../../src/gateway.ts'
import { createLog } from '../../src/log.ts'
import type { Sandbox } from '../../src/sandbox/server.ts'
import { example } from '../support/example-provider/index.ts'

type Line = Readonly<Record<string, unknown>>

describe.each([...PROVIDERS, example].map((provider) => [provider.name, provider] as const))(
  'reachProviders() with %s',
  (name, provider) => {
    let sandbox: Sandbox
    let gateway: Gateway | null = null
    let warnings: Line[]
    let infos: Line[]

    beforeEach(async () => {
      sandbox = await provider.startSandbox({ data: 'empty' })
      warnings = []
      infos = []
    })
    afterEach(async () => {
      await gateway?.close()
      await sandbox.close()
    })

    /** Creates a gateway over the sandbox in a changed environment. Its warnings are kept. */
    function create(environment: Environment): Gateway {
      const log = createLog('info', (line) => {
        const { time: _, level, ...fields } = JSON.parse(line)
        if (level !== 'error') (level === 'info' ? infos : warnings).push(fields)
      })
      gateway = createGateway({
        providers: [provider],
        environment: { LOG_LEVEL: 'silent', ...sandbox.environment, ...environment },
        log,
      })
      return gateway
    }

    const failedChecks = () => warnings.filter(({ message }) => message === 'provider check failed')

    /** Checks the provider once in a changed environment. Returns the warnings of the check. */
    async function check(environment: Environment = {}): Promise<readonly Line[]> {
      await create({ READY_TIMEOUT_S: '0', ...environment }).reachProviders()
      return failedChecks()
    }

    /** Returns the status of `/ready`. */
    const readyStatus = async () => (await gateway!.yoga.fetch('http://gateway.test/ready')).status

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

    it('keeps the process unready until the provider answers, and reports a lasting failure once', async () => {
      sandbox.servers[0].fault({ kind: 'reply', reply: { status: 503 } })
      const reached = create({}).reachProviders()
      expect(await readyStatus()).toBe(503)
      const requestsOfCheck = async (count: number) =>
        expect.poll(() => sandbox.servers[0].requests.length, { timeout: 30_000 }).toBeGreaterThan(count)
      // A check is repeated after its own retries: the second one is seen in more than three requests.
      await requestsOfCheck(3)
      expect(await readyStatus()).toBe(503)
      sandbox.servers[0].clearFaults()
      await reached
      expect(await readyStatus()).toBe(200)
      expect(failedChecks()).toEqual(failed('503', 'UPSTREAM_ERROR'))
      expect(infos).toEqual([{ message: 'provider reached', provider: name }])
    })

    it('makes the process ready after READY_TIMEOUT_S without a provider that rejects the credentials', async () => {
      const environment = { [nameOf(/_(TOKEN|SECRET|KEY)$/)]: 'hunter2', READY_TIMEOUT_S: '1' }
      const ended = create(environment).reachProviders()
      await expect.poll(failedChecks).toEqual(failed('401', 'UPSTREAM_AUTH'))
      expect(await readyStatus()).toBe(503)
      await ended
      expect(await readyStatus()).toBe(200)
      expect(warnings.at(-1)).toEqual({ message: 'ready without every provider', unreached: [name] })
    })

    it('waits for nothing with READY_TIMEOUT_S=0', async () => {
      sandbox.servers[0].fault({ kind: 'hang' })
      const ended = create({ READY_TIMEOUT_S: '0', UPSTREAM_TIMEOUT_MS: '300' }).reachProviders()
      expect(await readyStatus()).toBe(200)
      await ended
      expect(warnings.map(({ message }) => message)).not.toContain('ready without every provider')
    })

    it('makes the process unready, and not unhealthy, when it drains', async () => {
      await create({}).reachProviders()
      expect(await readyStatus()).toBe(200)
      gateway!.readiness.startDraining()
      expect(await readyStatus()).toBe(503)
      expect((await gateway!.yoga.fetch('http://gateway.test/health')).status).toBe(200)
    })
  },
)
