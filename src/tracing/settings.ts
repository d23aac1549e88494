import { ConfigError } from '../errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The destinations of spans: a collector over HTTP, or standard output. */
export type SpanDestination = 'otlp' | 'console'

/** The encodings of OTLP over HTTP. */
export type OtlpProtocol = 'http/protobuf' | 'http/json'

/** The variables of OpenTelemetry that the gateway itself reads. The SDK reads the others. */
export interface TracingSettings {
  readonly destinations: readonly SpanDestination[]
  readonly protocol: OtlpProtocol
}

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']
const PROTOCOLS = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']

/** Returns the value of a variable; an empty one counts as unset. */
const variable = (environment: Environment, name: string) => environment[name]?.trim() || undefined

/** Returns true when the variables of OpenTelemetry ask for traces: an exporter or an endpoint is set, and nothing disables them. */
export function isTracingOn(environment: Environment): boolean {
  if (variable(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return false
  const exporter = variable(environment, 'OTEL_TRACES_EXPORTER')
  if (exporter !== undefined) return exporter !== 'none'
  return ENDPOINTS.some((name) => variable(environment, name) !== undefined)
}

const isUrl = (text: string) => /^https?:$/.test(URL.parse(text)?.protocol ?? '')
const isDestination = (text: string): text is SpanDestination => text === 'otlp' || text === 'console'
const isProtocol = (text: string): text is OtlpProtocol => text === 'http/protobuf' || text === 'http/json'

/**
 * Reads the settings of tracing; call it only when {@link isTracingOn} returns true.
 * @throws {ConfigError} with a line for each variable that cannot be used
 */
export function readTracingSettings(environment: Environment): TracingSettings {
  const issues: string[] = []
  const destinations = (variable(environment, 'OTEL_TRACES_EXPORTER') ?? 'otlp').split(',').map((name) => name.trim())
  if (!destinations.every(isDestination)) issues.push('OTEL_TRACES_EXPORTER: expected otlp, console or none')
  const protocolName = PROTOCOLS.find((name) => variable(environment, name) !== undefined)
  const protocol = protocolName === undefined ? 'http/protobuf' : (variable(environment, protocolName) ?? '')
  if (!isProtocol(protocol)) issues.push(`${protocolName}: expected http/protobuf or http/json`)
  for (const name of ENDPOINTS) {
    const endpoint = variable(environment, name)
    if (endpoint !== undefined && !isUrl(endpoint)) issues.push(`${name}: expected an http or https URL`)
  }
  if (issues.length > 0) throw new ConfigError(issues)
  return {
    destinations: destinations.filter(isDestination),
    protocol: isProtocol(protocol) ? protocol : 'http/protobuf',
  }
}

/** The receiver when `OTEL_TRACES_EXPORTER` asks for one and no variable names it; the specification says so. */
const DEFAULT_RECEIVER = 'localhost:4318'

/** Returns where spans are sent, as hosts with ports, for people; call it only when the settings of tracing are valid. */
export function findSpanReceivers(environment: Environment): readonly string[] {
  const endpoint = ENDPOINTS.map((name) => variable(environment, name)).find((value) => value !== undefined)
  const receiver = endpoint === undefined ? DEFAULT_RECEIVER : new URL(endpoint).host
  return readTracingSettings(environment).destinations.map((each) => (each === 'otlp' ? receiver : 'standard output'))
}
