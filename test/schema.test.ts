import { readdirSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  buildSchema,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { printedSchema } from '../src/cli/print-schema.ts'
import { PROVIDERS } from '../src/gateway.ts'
import { createSchema } from '../src/schema.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Yields the name and the description of a type and of all its parts. */
function* named(type: GraphQLNamedType): Generator<[string, string | null | undefined]> {
  yield [type.name, type.description]
  if (isEnumType(type)) {
    for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value.description]
  }
  if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) yield [`${type.name}.${field.name}`, field.description]
  }
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      yield [`${type.name}.${field.name}`, field.description]
      for (const arg of field.args) yield [`${type.name}.${field.name}(${arg.name}:)`, arg.description]
    }
  }
}

/** Types that routers see, without those of introspection. */
const types = Object.values(createSchema(PROVIDERS).served.getTypeMap()).filter(({ name }) => !name.startsWith('__'))
const descriptions = new Map(types.flatMap((type) => [...named(type)]))

/** Returns the entries of the schema whose description is accepted, as `name: description`. */
const describedBy = (accepts: (description: string) => boolean) =>
  [...descriptions].flatMap(([name, text]) => (accepts(text ?? '') ? [`${name}: ${text}`] : []))

/** Yields each argument that has a default value, with its description and the default. */
function* defaults(type: GraphQLNamedType): Generator<[string, string, unknown]> {
  if (!isObjectType(type)) return
  for (const field of Object.values(type.getFields())) {
    for (const { name, defaultValue, description } of field.args) {
      if (defaultValue !== undefined) yield [`${type.name}.${field.name}(${name}:)`, description ?? '', defaultValue]
    }
  }
}

describe('the schema', () => {
  it('equals schema.graphql; "npm run schema" writes it', () => {
    expect(readFileSync(`${root}schema.graphql`, 'utf8')).toBe(printedSchema())
  })

  it('describes every type, field, argument and enum value', () => {
    expect(describedBy((text) => text.trim() === '')).toEqual([])
    expect([...descriptions.keys()]).toEqual(expect.arrayContaining(['Provider.KOBBLE', 'Query.transactions(first:)']))
  })

  it.each([
    [
      'Transaction.affectsBalance',
      'True for completed entries, except reservations, which settle as entries of their own.',
    ],
    ['Transaction.category', 'Purpose of the entry. Null when no shared category applies; see `providerType`.'],
    ['Money', 'Exact amount in major units of one currency. Entry amounts are magnitudes; balances may be negative.'],
    [
      'TransactionDirection.INTERNAL',
      'Both sides are accounts of the client. As seen from given accounts, both are among these.',
    ],
    [
      'TransactionSummary',
      'Totals over all matching entries, not only this page. `basis` says which statuses are added.',
    ],
    ['CurrencyTotals.internal', 'Sum of INTERNAL entries; in neither credit, debit nor net.'],
    [
      'KobbleTransactionConnection.totalCount',
      'Number of matching entries; null when counting would require reading them all.',
    ],
    [
      'PageInfo.hasNextPage',
      'True when more entries may follow; continue even after an empty page. When `endCursor` is the `after` of the same request, a provider fails under `PARTIAL`: wait before the next attempt.',
    ],
    ['TransactionFilter.minAmount', 'Inclusive minimum, without currency conversion.'],
    ['Query.transactions(after:)', 'Returns entries after this cursor.'],
    [
      'Query.transactions(first:)',
      'Maximum number of entries from the start of the range, 0 to 100; 20 when neither `first` nor `last` is given.',
    ],
  ])('describes %s: %s', (name, description) => {
    expect(descriptions.get(name)).toBe(description)
  })

  it('begins each description with a noun or a verb, not with a subordinate clause', () => {
    const isClause = (text: string) => /^(?:What|Which|Where|When|Who|Whose|How|By which)\b/.test(text)
    expect(describedBy(isClause)).toEqual([])
  })

  it('ends each description with a full stop', () => {
    expect(describedBy((text) => !text.endsWith('.'))).toEqual([])
  })

  it('repeats the default of each argument in its description, for tools that show only that', () => {
    const all = types.flatMap((type) => [...defaults(type)])
    expect(all.filter(([, text, value]) => !text.includes(`${value}`) || !text.includes('by default'))).toEqual([])
    expect(all.map(([name]) => name)).toContain('Query.transactions(onProviderFailure:)')
  })

  it.each(['Provider', 'TransactionStatus', 'TransactionCategory', 'VobizTransactionType'])(
    'announces that %s may grow, so that clients handle unknown values',
    (name) => {
      expect(descriptions.get(name)).toMatch(/Values may be added\.$/)
    },
  )

  it('documents that one provider without a total makes the total of the merged list null, and the field that shows which', () => {
    expect(descriptions.get('TransactionConnection.totalCount')).toContain(
      'One provider that failed or cannot count its entries makes it null for the whole list; `sources { provider totalCount }` shows which one.',
    )
    expect(descriptions.get('TransactionSource.totalCount')).toContain(
      'A provider that failed or cannot count makes the `totalCount` of the whole list null.',
    )
  })
})

/** Returns the deprecated parts of a schema whose reason does not name a replacement and the first day of the removal. */
function incompleteDeprecations(schema: GraphQLSchema): string[] {
  const isComplete = (reason: string) => /^Use `[^`]+`.*\. Removed on or after \d{4}-\d{2}-\d{2}\.$/.test(reason)
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []
    const parts = [
      ...fields.flatMap((field) => [field, ...field.args]),
      ...(isInputObjectType(type) ? Object.values(type.getFields()) : []),
      ...(isEnumType(type) ? type.getValues() : []),
    ]
    return parts.flatMap(({ name, deprecationReason: reason }) =>
      reason == null || isComplete(reason) ? [] : [`${type.name}.${name}`],
    )
  })
}

describe('a deprecation', () => {
  it('names the replacement and the first day of the removal, as docs/schema.md promises', () => {
    expect(incompleteDeprecations(createSchema(PROVIDERS).served)).toEqual([])
    const [example = ''] =
      /(?<=```graphql\n)type Query [\s\S]*?(?=```)/.exec(readFileSync(`${root}docs/schema.md`, 'utf8')) ?? []
    expect(incompleteDeprecations(buildSchema(example))).toEqual([])
  })

  it.each(['No longer supported', 'Use `new`.', 'Removed on or after 2027-06-30.'])('is incomplete as %j', (reason) => {
    const schema = buildSchema(`
      enum Kind { OLD @deprecated(reason: "${reason}") NEW }
      input Filter { old: Kind @deprecated(reason: "${reason}") }
      type Query { old(old: Filter @deprecated(reason: "${reason}")): Int @deprecated(reason: "${reason}") new: Int }
    `)
    expect(incompleteDeprecations(schema).sort()).toEqual(['Filter.old', 'Kind.OLD', 'Query.old', 'Query.old'])
  })
})

describe('the registry of providers', () => {
  it('is the only reference to a provider: no file elsewhere names one', () => {
    const files = readdirSync(`${root}src`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, `${entry.parentPath}/${entry.name}`))
    const names = new RegExp(PROVIDERS.map(({ name }) => name).join('|'), 'i')
    const naming = files.filter((file) => names.test(file) || names.test(readFileSync(root + file, 'utf8')))
    expect(naming.filter((file) => !file.startsWith('src/providers/'))).toEqual([])
    expect(naming).toContain('src/providers/index.ts')
  })
})
