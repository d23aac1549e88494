/** The value of an attribute. */
export type AttributeValue = string | number | boolean | AttributeValue[]

/** A span as a collector receives it. Ids are hexadecimal. */
export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  /** Empty for the root of a trace. */
  readonly parentSpanId: string
  readonly traceState: string
  readonly name: string
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number
  readonly startNs: bigint
  readonly endNs: bigint
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  /** 0 unset, 1 ok, 2 error. */
  readonly status: number
  readonly events: number
}

/** The spans of one export, with the attributes of the process. */
export interface ReceivedExport {
  readonly resource: ReceivedSpan['attributes']
  readonly spans: readonly ReceivedSpan[]
}

interface JsonValue {
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly intValue?: number | string
  readonly doubleValue?: number
  readonly arrayValue?: { readonly values: readonly JsonValue[] }
}

interface JsonAttribute {
  readonly key: string
  readonly value: JsonValue
}

interface JsonSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly JsonAttribute[]
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly events?: readonly unknown[]
  readonly status?: { readonly code?: number }
}

interface JsonRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly JsonAttribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly JsonSpan[] }[]
  }[]
}

function jsonValue(value: JsonValue): AttributeValue {
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(jsonValue)
  const plain = value.stringValue ?? value.boolValue ?? value.doubleValue ?? value.intValue
  if (plain === undefined) throw new TypeError('An attribute has no value.')
  return value.intValue === undefined ? plain : Number(plain)
}

const jsonAttributes = (attributes: readonly JsonAttribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, jsonValue(value)]))

const jsonSpan = (span: JsonSpan): ReceivedSpan => ({
  traceId: span.traceId,
  spanId: span.spanId,
  parentSpanId: span.parentSpanId ?? '',
  traceState: span.traceState ?? '',
  name: span.name,
  kind: span.kind,
  startNs: BigInt(span.startTimeUnixNano),
  endNs: BigInt(span.endTimeUnixNano),
  attributes: jsonAttributes(span.attributes),
  links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
  status: span.status?.code ?? 0,
  events: span.events?.length ?? 0,
})

/** Reads an `ExportTraceServiceRequest` in JSON. */
export const readJsonExports = (text: string): ReceivedExport[] =>
  (JSON.parse(text) as JsonRequest).resourceSpans.map(({ resource, scopeSpans }) => ({
    resource: jsonAttributes(resource.attributes),
    spans: scopeSpans.flatMap(({ spans }) => spans.map(jsonSpan)),
  }))

/** The values of the fields of a protobuf message, by their numbers: bytes, or a number for all other types. */
type Message = ReadonlyMap<number, readonly (Buffer | bigint)[]>

/** Parses the fields of one protobuf message. */
function parseMessage(bytes: Buffer): Message {
  const fields = new Map<number, (Buffer | bigint)[]>()
  let at = 0
  const readVarint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const readBytes = (length: number) => {
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const tag = Number(readVarint())
    const value = readField(tag & 7)
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value])
  }
  return fields

  function readField(wireType: number): Buffer | bigint {
    if (wireType === 0) return readVarint()
    if (wireType === 1) return readBytes(8).readBigUInt64LE()
    if (wireType === 2) return readBytes(Number(readVarint()))
    if (wireType === 5) return BigInt(readBytes(4).readUInt32LE())
    throw new RangeError(`Unknown wire type ${wireType}.`)
  }
}

const buffersOf = (message: Message, field: number) => (message.get(field) ?? []) as readonly Buffer[]
const bufferOf = (message: Message, field: number) => buffersOf(message, field)[0] ?? Buffer.alloc(0)
const textOf = (message: Message, field: number) => bufferOf(message, field).toString('utf8')
const hexOf = (message: Message, field: number) => bufferOf(message, field).toString('hex')
const numberOf = (message: Message, field: number) => (message.get(field)?.[0] as bigint | undefined) ?? 0n

function protobufValue(value: Message): AttributeValue {
  if (value.has(1)) return textOf(value, 1)
  if (value.has(2)) return numberOf(value, 2) === 1n
  if (value.has(3)) return Number(BigInt.asIntN(64, numberOf(value, 3)))
  if (value.has(5)) {
    return buffersOf(parseMessage(bufferOf(value, 5)), 1).map((item) => protobufValue(parseMessage(item)))
  }
  throw new TypeError('An attribute has a value of a type that no span of the gateway has.')
}

const protobufAttributes = (message: Message, field: number) =>
  Object.fromEntries(
    buffersOf(message, field).map((bytes) => {
      const attribute = parseMessage(bytes)
      return [textOf(attribute, 1), protobufValue(parseMessage(bufferOf(attribute, 2)))]
    }),
  )

function protobufSpan(bytes: Buffer): ReceivedSpan {
  const span = parseMessage(bytes)
  return {
    traceId: hexOf(span, 1),
    spanId: hexOf(span, 2),
    traceState: textOf(span, 3),
    parentSpanId: hexOf(span, 4),
    name: textOf(span, 5),
    kind: Number(numberOf(span, 6)),
    startNs: numberOf(span, 7),
    endNs: numberOf(span, 8),
    attributes: protobufAttributes(span, 9),
    events: buffersOf(span, 11).length,
    links: buffersOf(span, 13).map((link) => {
      const message = parseMessage(link)
      return { traceId: hexOf(message, 1), spanId: hexOf(message, 2) }
    }),
    status: Number(numberOf(parseMessage(bufferOf(span, 15)), 3)),
  }
}

/** Reads an `ExportTraceServiceRequest` in protobuf. */
export const readProtobufExports = (bytes: Buffer): ReceivedExport[] =>
  buffersOf(parseMessage(bytes), 1).map((resourceSpans) => {
    const message = parseMessage(resourceSpans)
    return {
      resource: protobufAttributes(parseMessage(bufferOf(message, 1)), 1),
      spans: buffersOf(message, 2).flatMap((scope) => buffersOf(parseMessage(scope), 2).map(protobufSpan)),
    }
  })
