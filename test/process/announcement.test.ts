import { afterEach, describe, expect, it } from 'vitest'
import { createGateway, type Gateway, PROVIDERS } from '../../src/gateway.ts'
import { createLog } from '../../src/log.ts'
import { describeStart } from '../../src/process/announcement.ts'

const [provider] = PROVIDERS
let gateway: Gateway | null = null
afterEach(() => gateway?.close())

/** A valid environment of the first provider, whose secrets are all `hunter2`. */
const configured = Object.fromEntries(
  Object.keys(provider!.variables).flatMap((name): [string, string][] =>
    name.endsWith('_URL')
      ? [[name, `https://${name.toLowerCase().replaceAll('_', '-')}.invalid/hidden`]]
      : provider!.variables[name]!.safeParse(undefined).success
        ? []
        : [[name, 'hunter2']],
  ),
)

function linesOf(more: Readonly<Record<string, string>>): readonly string[] {
  const environment = { ...configured, READY_TIMEOUT_S: '0', ...more }
  gateway = createGateway({ environment, log: createLog('silent') })
  const origin = 'http://127.0.0.1:4000'
  const lines = describeStart({ gateway, environment, origin, scrapersOrigin: null, sandbox: null })
  expect(lines.join('\n')).not.toMatch(/hunter2|hidden/)
  return lines
}

describe('the lines of the start', () => {
  it('name Redis, the receiver of traces and the proxy, and none of them as switched off', () => {
    const lines = linesOf({
      REDIS_URL: 'redis://user:hunter2@127.0.0.1:1/3',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://user:hunter2@collector.invalid:4318/hidden',
      HTTPS_PROXY: 'http://user:hunter2@proxy.invalid:3128',
    })
    expect(lines).toContain('Redis: 127.0.0.1:1')
    expect(lines).toContain('Traces: collector.invalid:4318')
    const providers = lines.find((line) => line.startsWith('Providers: '))
    expect(providers).toMatch(
      new RegExp(`${provider!.name} \\(.*\\.invalid\\) through the proxy proxy\\.invalid:3128$`),
    )
    expect(lines.at(-1)).not.toMatch(/Redis|traces/)
  })

  it.each([
    [{ OTEL_TRACES_EXPORTER: 'console' }, 'Traces: standard output'],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'Traces: localhost:4318'],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://one.invalid', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://two.invalid' },
      'Traces: two.invalid',
    ],
  ])('say with %o where traces go', (variables, line) => {
    expect(linesOf(variables)).toContain(line)
  })

  it('name the id of the process, and nothing that is off as connected', () => {
    const lines = linesOf({})
    expect(lines).toContain(`Processes: one, with the id ${process.pid}.`)
    expect(lines.filter((line) => /^(?:Redis|Traces): |proxy/.test(line))).toEqual([])
    expect(lines.at(-1)).toMatch(/^Off: .*traces \(OTEL_EXPORTER_OTLP_ENDPOINT\), .*Redis \(REDIS_URL\)/)
  })
})
