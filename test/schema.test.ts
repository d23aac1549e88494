import { readdirSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type GraphQLNamedType, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { printedSchema } from '../src/cli/print-schema.ts'
import { PROVIDERS } from '../src/gateway.ts'
import { createSchema } from '../src/schema.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Everything of a type that has a name, and its description. */
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

describe('the schema', () => {
  it('is what schema.graphql says; "npm run schema" writes it', () => {
    expect(readFileSync(`${root}schema.graphql`, 'utf8')).toBe(printedSchema())
  })

  it('describes every type, field, argument and enum value', () => {
    const types = Object.values(createSchema(PROVIDERS).served.getTypeMap()).filter(
      ({ name }) => !name.startsWith('__'),
    )
    const all = types.flatMap((type) => [...named(type)])
    expect(all.filter(([, description]) => !description?.trim()).map(([name]) => name)).toEqual([])
    expect(all.map(([name]) => name)).toEqual(expect.arrayContaining(['Provider.KOBBLE', 'Query.transactions(first:)']))
  })
})

describe('the registry of providers', () => {
  it('is the only way to a provider: no file elsewhere names one', () => {
    const files = readdirSync(`${root}src`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, `${entry.parentPath}/${entry.name}`))
    const names = new RegExp(PROVIDERS.map(({ name }) => name).join('|'), 'i')
    const naming = files.filter((file) => names.test(file) || names.test(readFileSync(root + file, 'utf8')))
    expect(naming.filter((file) => !file.startsWith('src/providers/'))).toEqual([])
    expect(naming).toContain('src/providers/index.ts')
  })
})
