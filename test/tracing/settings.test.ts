import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { isTracingOn, readTracingSettings } from '../../src/tracing/settings.ts'

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example:4318' }

describe('isTracingOn()', () => {
  it.each([
    [false, {}],
    [false, { OTEL_SERVICE_NAME: 'ledgers', OTEL_TRACES_SAMPLER: 'always_on' }],
    [false, { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
    [true, ENDPOINT],
    [true, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector.example/traces' }],
    [true, { OTEL_TRACES_EXPORTER: 'otlp' }],
    [true, { OTEL_TRACES_EXPORTER: 'console' }],
    [true, { OTEL_TRACES_EXPORTER: '', ...ENDPOINT }],
    [false, { OTEL_TRACES_EXPORTER: 'none', ...ENDPOINT }],
    [false, { OTEL_SDK_DISABLED: 'true', ...ENDPOINT }],
    [false, { OTEL_SDK_DISABLED: 'TRUE', OTEL_TRACES_EXPORTER: 'console' }],
    [true, { OTEL_SDK_DISABLED: 'false', ...ENDPOINT }],
    [false, { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://collector.example:4318' }],
  ])('is %s with %j', (expected, environment) => {
    expect(isTracingOn(environment)).toBe(expected)
  })
})

describe('readTracingSettings()', () => {
  it.each([
    [ENDPOINT, { destinations: ['otlp'], protocol: 'http/protobuf' }],
    [{ OTEL_TRACES_EXPORTER: 'console' }, { destinations: ['console'], protocol: 'http/protobuf' }],
    [{ OTEL_TRACES_EXPORTER: 'otlp, console' }, { destinations: ['otlp', 'console'], protocol: 'http/protobuf' }],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, { destinations: ['otlp'], protocol: 'http/json' }],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' },
      { destinations: ['otlp'], protocol: 'http/protobuf' },
    ],
  ])('reads %j', (environment, expected) => {
    expect(readTracingSettings(environment)).toEqual(expected)
  })

  it('reports every variable that cannot be used, without its value', () => {
    const environment = {
      OTEL_TRACES_EXPORTER: 'otlp,hunter2',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc-hunter2',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'hunter2:4317',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'hunter2',
    }
    let error: unknown
    try {
      readTracingSettings(environment)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).issues).toEqual([
      'OTEL_TRACES_EXPORTER: expected otlp, console or none',
      'OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf or http/json',
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: expected an http or https URL',
      'OTEL_EXPORTER_OTLP_ENDPOINT: expected an http or https URL',
    ])
  })
})

describe('docs/operations.md', () => {
  it('lists exactly the attributes that spans have', () => {
    const source = ['attributes', 'request-spans'].map((name) => readFileSync(`src/tracing/${name}.ts`, 'utf8')).join()
    const written = [...source.matchAll(/'((?:gateway|graphql|http|error)\.[a-z_.]+)'/g)].map(([, name]) => name!)
    const pages = ['page', 'per_page', 'offset', 'limit'].map((name) => `gateway.${name}`)
    const section = /## Traces\n(.*?)\n## /s.exec(readFileSync('docs/operations.md', 'utf8'))?.[1] ?? ''
    const documented = [...section.matchAll(/^\| (`(?:gateway|graphql|http|error)\.[^|]*) \|/gm)].flatMap(([, names]) =>
      names!.split(', ').map((name) => name.replaceAll('`', '')),
    )
    expect([...documented].sort()).toEqual([...new Set([...written, ...pages])].sort())
  })
})
