import { describe, expect, it } from 'vitest'
import type { Fault, UpstreamReply } from '../../../src/sandbox/server.ts'
import { type ConformanceSuite, idsOf } from './suite.ts'

/** Checks the errors for failures of the provider. */
export function describeFailures({ traits, subject, fill, query, read, restart }: ConformanceSuite): void {
  describe('failures', () => {
    const reply = (given: UpstreamReply): Fault => ({ kind: 'reply', reply: given })
    const failures: [string, Fault, object][] = [
      [
        'HTML',
        reply({
          status: 200,
          text: '<html><body>Bad gateway</body></html>',
          headers: { 'content-type': 'text/html' },
        }),
        { code: 'UPSTREAM_INVALID_RESPONSE' },
      ],
      ['an empty body', reply({ status: 200 }), { code: 'UPSTREAM_INVALID_RESPONSE' }],
      ['JSON of another kind', reply({ status: 200, json: 'fine' }), { code: 'UPSTREAM_INVALID_RESPONSE' }],
      ['half a body', { kind: 'truncate' }, { code: 'UPSTREAM_UNAVAILABLE' }],
      ['a broken connection', { kind: 'reset' }, { code: 'UPSTREAM_UNAVAILABLE' }],
      ['500', reply({ status: 500, json: { error: 'secret-detail' } }), { code: 'UPSTREAM_ERROR', status: 500 }],
      ['401', reply({ status: 401 }), { code: 'UPSTREAM_AUTH' }],
      [
        '429',
        reply({ status: 429, headers: { 'Retry-After': '60' }, json: { error: 'slow down' } }),
        { code: 'UPSTREAM_RATE_LIMITED', retryAfterMs: 60_000 },
      ],
    ]

    async function expectFailure(extensions: object): Promise<void> {
      const { errors, text } = await query({ first: 2 })
      expect(errors).toHaveLength(1)
      expect(errors[0]!.extensions).toMatchObject({
        ...extensions,
        provider: traits.provider,
        operation: expect.any(String),
      })
      expect(text).not.toMatch(/secret-detail|Bad gateway|slow down|127\.0\.0\.1|http/)
    }

    async function expectLife(): Promise<void> {
      expect(idsOf((await read({ first: 2 })).edges)).toEqual(subject().ids().slice(0, 2))
    }

    it.each(failures)(
      'are reported when the answer is %s, and the next request works',
      async (_, fault, extensions) => {
        fill([0, 10, 20])
        subject().server.fault(fault)
        await expectFailure(extensions)
        subject().server.clearFaults()
        await expectLife()
      },
    )

    it('are reported when no answer comes in time, and the next request works', async () => {
      await restart({ UPSTREAM_TIMEOUT_MS: '1500' })
      fill([0, 10, 20])
      await expectLife()
      subject().server.fault({ kind: 'hang' })
      await expectFailure({ code: 'UPSTREAM_TIMEOUT', timeoutMs: 1500 })
      subject().server.clearFaults()
      await expectLife()
    })

    it('that pass are not reported', async () => {
      fill([0, 10, 20])
      subject().server.fault({ kind: 'reply', reply: { status: 503 }, times: 1 })
      await expectLife()
    })

    it('are reported when the credentials are wrong', async () => {
      await restart({ [traits.credential]: 'wrong' })
      await expectFailure({ code: 'UPSTREAM_AUTH' })
    })

    it('are reported when the provider does not listen', async () => {
      await subject().server.close()
      await expectFailure({ code: 'UPSTREAM_UNAVAILABLE' })
    })
  })
}
