import { createHmac } from 'node:crypto'
import { GraphQLID, getNamedType, getNullableType, isAbstractType, isListType, isRequiredArgument } from 'graphql'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type Cursor, createCursorCodec } from '../../src/connection/cursor.ts'
import { deriveCursorKey } from '../../src/connection/cursor-key.ts'
import { PROVIDERS } from '../../src/gateway.ts'
import type { Position } from '../../src/ledger/position.ts'
import type { Random } from '../../src/sandbox/random.ts'
import { requestsBetween, sumApiRequests, type TestGateway } from '../support/gateway.ts'
import { KITS, type KitList } from '../support/kits.ts'
import { ROOT_LISTS, SERVED_SCHEMA } from '../support/root-lists.ts'
import { type ArgumentsFor, selectAll } from '../support/selection.ts'
import { check, FUZZ_TIMEOUT_MS, fuzz } from './support/fuzz.ts'
import {
  CURSOR_SECRET,
  checkResult,
  checkSound,
  poolOf,
  type Result,
  secretsOf,
  send,
  startFuzzed,
} from './support/gateway.ts'
import { mutateText } from './support/mutations.ts'
import { anyText, type Pool } from './support/values.ts'

const LISTS: readonly KitList[] = [
  ...['NEWEST_FIRST', 'OLDEST_FIRST'].flatMap((order) => [
    { field: 'transactions', args: `order: ${order}`, key: JSON.stringify(['transactions', [], order]) },
    {
      field: 'transactions',
      args: `order: ${order}, filter: { statuses: [PENDING] }`,
      key: JSON.stringify(['transactions', [['statuses', ['PENDING']]], order]),
    },
  ]),
  ...[...KITS.values()].flatMap(({ lists }) => lists),
]

const key = deriveCursorKey(CURSOR_SECRET, new Map())
const codec = createCursorCodec({ key, omitInexactTotals: false })
const MAC_BYTES = 12

let at: TestGateway
let pool: Pool
/** Cursors that the gateway gave out, by list. */
const cursors = new Map<KitList, readonly string[]>()

beforeAll(async () => {
  at = await startFuzzed()
  pool = await poolOf(at)
  for (const list of LISTS) {
    const given: string[] = []
    for (const size of ['first: 40', 'last: 3']) {
      const data = await at.ask<{ list: { edges: { cursor: string }[] } }>(
        `{ list: ${list.field}(${size} ${list.args}) { edges { cursor } } }`,
      )
      given.push(...data.list.edges.map(({ cursor }) => cursor))
    }
    check(
      given.length > 0 && given.every((cursor) => codec.forList(list.key).decode(cursor) !== null),
      () => `no cursors of ${list.key}`,
    )
    cursors.set(list, given)
  }
})
afterAll(() => at.close())

const SELECTION =
  'edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount'

/** Asks for a page of a list by cursors. */
async function page(
  list: KitList,
  given: Partial<Record<'after' | 'before', string>>,
  random: Random,
  report: (text: string) => void,
) {
  const sizes = random.pick([
    `first: ${random.integer(0, 100)}`,
    `last: ${random.integer(0, 100)}`,
    'first: 3, last: 2',
    '',
  ])
  const args = [list.args, sizes, 'after: $after', 'before: $before'].filter((part) => part !== '').join(', ')
  const query = `query($after: String, $before: String) { list: ${list.field}(${args}) { ${SELECTION} } }`
  report(JSON.stringify({ query, variables: given }))
  const before = at.requests()
  const answer = await send(at, JSON.stringify({ query, variables: given }))
  const requests = sumApiRequests(requestsBetween(before, at.requests()))
  checkSound(answer, secretsOf(at))
  return {
    ...checkResult(answer),
    text: answer.text,
    requests,
  }
}

/** A cursor that is not quite one: bits turned over, cut short or made longer, put together of two, or of another list. */
function brokenCursor(list: KitList, random: Random): string {
  const own = random.pick(cursors.get(list)!)
  const bytes = Buffer.from(own, 'base64url')
  const other = random.pick(cursors.get(random.pick(LISTS))!)
  const cut = random.integer(0, bytes.length)
  switch (random.integer(0, 7)) {
    case 0:
      bytes[random.integer(0, bytes.length - 1)]! ^= 1 << random.integer(0, 7)
      return bytes.toString('base64url')
    case 1:
      return bytes.subarray(0, cut).toString('base64url')
    case 2:
      return Buffer.concat([bytes.subarray(0, cut), Buffer.from(other, 'base64url').subarray(cut)]).toString(
        'base64url',
      )
    case 3:
      return Buffer.concat([bytes, bytes.subarray(cut)]).toString('base64url')
    case 4:
      return bytes.toString(random.pick(['base64', 'hex', 'latin1', 'base64url'] as const))
    case 5:
      return other
    case 6:
      return mutateText(own, random)
    default:
      return anyText(random)
  }
}

/** The cursor's bytes with the authentication code that its list would give them. */
function sealed(body: Buffer, list: KitList): string {
  const macKey = createHmac('sha256', key).update(list.key).digest()
  const mac = createHmac('sha256', macKey).update(body).digest().subarray(0, MAC_BYTES)
  return Buffer.concat([mac, body]).toString('base64url')
}

const EXTREMES = [
  0n,
  1n,
  -1n,
  2n ** 63n,
  -(2n ** 63n),
  2n ** 69n,
  253_402_300_799_999_999_999n,
  -62_135_596_800_000_000_000n,
]
const COUNTS = [0, 1, 2, 39, 40, 41, 80, 100, 1000, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER]

function anyGap(random: Random): Position {
  const hex = (length: number) => random.text('0123456789abcdef', length)
  const side = random.pick(['older', 'newer'] as const)
  const end = random.pick(['newest', 'oldest'] as const)
  const kind = random.integer(0, 3)
  if (kind === 0) return { at: 'end', end }
  if (kind === 1) return { at: 'instant', instant: random.pick(EXTREMES) }
  const anchor = {
    by: 'offset' as const,
    end,
    offset: random.pick(COUNTS),
    total: random.chance(0.3) ? null : random.pick(COUNTS),
    totalIsExact: random.chance(0.5),
    digest: hex(12),
    instant: random.chance(0.3) ? null : random.pick(EXTREMES),
    fingerprint: random.chance(0.5) ? null : hex(8),
  }
  return { at: 'anchor', anchor, side }
}

/** A cursor that is well formed and says what the gateway never said. */
function forgedCursor(list: KitList, random: Random): string {
  const own = random.pick(cursors.get(list)!)
  if (random.chance(0.5)) {
    const body = Buffer.from(own, 'base64url').subarray(MAC_BYTES)
    for (let changes = random.integer(1, 3); changes > 0; changes--) {
      body[random.integer(0, body.length - 1)] = random.integer(0, 255)
    }
    return sealed(random.chance(0.2) ? body.subarray(0, random.integer(0, body.length)) : body, list)
  }
  const cursor = codec.forList(list.key).decode(own) as Cursor
  const positions = new Map(
    [...cursor.positions].map(([key, gap]) => [key, random.chance(0.6) ? anyGap(random) : mixed(gap, random)]),
  )
  const forged: Cursor = {
    edge: random.pick([null, cursor.edge, ...positions.keys()]),
    instant: random.pick([null, cursor.instant, random.pick(EXTREMES)]),
    positions,
    lagging: new Map(
      [...positions.keys()].flatMap((key) => (random.chance(0.4) ? [[key, random.pick([null, ...EXTREMES])]] : [])),
    ),
  }
  return codec.forList(list.key).encode(forged)
}

/** A gap in which one thing of a real anchor is another. */
function mixed(gap: Position, random: Random): Position {
  const other = anyGap(random)
  if (gap.at !== 'anchor' || other.at !== 'anchor') return gap
  if (gap.anchor.by !== 'offset' || other.anchor.by !== 'offset') return gap
  const changed = random.pick(['end', 'offset', 'total', 'totalIsExact', 'digest', 'instant', 'fingerprint'] as const)
  return { ...gap, anchor: { ...gap.anchor, [changed]: other.anchor[changed] } }
}

const codesOf = ({ errors = [] }: Result) => errors.map(({ extensions }) => extensions.code)

describe('cursors of any kind', () => {
  it(
    'are refused before anything is read, unless they are as they were given out',
    () =>
      fuzz(0.1, async (random, report) => {
        const list = random.pick(LISTS)
        const broken = brokenCursor(list, random)
        const argument = random.pick(['after', 'before'] as const)
        const result = await page(list, { [argument]: broken }, random, report)
        if (cursors.get(list)!.includes(broken)) return
        check(codesOf(result).join() === 'INVALID_CURSOR' && result.requests === 0, () => result.text)
      }),
    FUZZ_TIMEOUT_MS,
  )

  it(
    'do no harm when they are forged',
    () =>
      fuzz(0.1, async (random, report) => {
        const list = random.pick(LISTS)
        const [one, other] = [forgedCursor(list, random), forgedCursor(list, random)]
        const given = random.pick([{ after: one }, { before: one }, { after: one, before: other }])
        const result = await page(list, given, random, report)
        check(
          codesOf(result).every((code) => ['INVALID_CURSOR', 'LIMIT_EXCEEDED'].includes(code)),
          () => result.text,
        )
      }),
    FUZZ_TIMEOUT_MS,
  )
})

/** Leaves out the fields that require arguments. */
const withoutArguments: ArgumentsFor = ({ args }) => (args.some(isRequiredArgument) ? null : '')

/** Documents that fetch by an id: root fields that take one, and filters by account. */
const BY_ID: readonly (readonly [query: string, argument: string])[] = [
  ...Object.values(SERVED_SCHEMA.getQueryType()!.getFields()).flatMap(({ name, type, args }) => {
    const [arg] = args
    const isById = args.length === 1 && getNamedType(arg!.type) === GraphQLID
    if (!isById) return []
    const given = isListType(getNullableType(arg!.type)) ? '[$id]' : '$id'
    const named = getNamedType(type)
    const below = isAbstractType(named) ? '{ __typename id }' : selectAll(SERVED_SCHEMA, named, 1, withoutArguments)
    const query = `query($id: ID!) { at: ${name}(${arg!.name}: ${given}) ${below} }`
    return [[query, `${name}.${arg!.name}`] as const]
  }),
  ...PROVIDERS.flatMap(({ accountFilter }) =>
    accountFilter === null
      ? []
      : [
          [
            `query($id: ID!) { at: transactions(filter: { ${accountFilter.field}: [$id] }) { totalCount nodes { id } } }`,
            `filter.${accountFilter.field}`,
          ] as const,
        ],
  ),
]

/** An id that is not quite one. */
function brokenId(own: string, random: Random): string {
  const text = Buffer.from(own, 'base64url').toString()
  const colon = text.indexOf(':')
  switch (random.integer(0, 4)) {
    case 0:
      return mutateText(own, random)
    case 1:
      return Buffer.from(mutateText(text, random)).toString('base64url')
    case 2:
      return Buffer.from(text.slice(0, colon + 1) + mutateText(text.slice(colon + 1), random)).toString('base64url')
    case 3: {
      const type = random.pick([...ROOT_LISTS.map(({ typename }) => typename), 'Query', '__proto__'])
      return Buffer.from(`${type}:${random.chance(0.5) ? anyText(random) : text.slice(colon + 1)}`).toString(
        'base64url',
      )
    }
    default:
      return anyText(random)
  }
}

describe('ids of any kind', () => {
  it(
    'find something, nothing, or are refused',
    () =>
      fuzz(0.15, async (random, report) => {
        const [query, argument] = random.pick(BY_ID)
        const known = pool.get(argument) ?? pool.get(argument.slice(argument.indexOf('.') + 1))!
        const id = brokenId(random.pick(known), random)
        const operation = JSON.stringify({ query, variables: { id } })
        report(operation)
        const answer = await send(at, operation)
        checkSound(answer, secretsOf(at))
        check(
          codesOf(checkResult(answer)).every((code) => code === 'BAD_USER_INPUT'),
          () => answer.text,
        )
      }),
    FUZZ_TIMEOUT_MS,
  )
})
