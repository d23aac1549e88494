import { buildSchema } from 'graphql'
import { describe, expect, it } from 'vitest'
import { PROVIDERS } from '../../src/gateway.ts'
import { possibleTypesOf } from '../../src/graphql/possible-types.ts'
import { createSchema } from '../../src/schema.ts'

describe('possibleTypesOf()', () => {
  it('returns the object types of each interface and union, sorted', () => {
    const schema = buildSchema(`
      type Query { vehicle: Vehicle, found: Found }
      type Train implements Thing & Vehicle { id: ID, seats: Int }
      type Boat implements Thing & Vehicle { id: ID, seats: Int }
      type Anchor implements Thing { id: ID }
      interface Vehicle implements Thing { id: ID, seats: Int }
      interface Thing { id: ID }
      union Found = Train | Anchor
    `)
    const possible = possibleTypesOf(schema)
    expect(possible).toEqual({
      Found: ['Anchor', 'Train'],
      Thing: ['Anchor', 'Boat', 'Train'],
      Vehicle: ['Boat', 'Train'],
    })
    expect(Object.keys(possible)).toEqual(['Found', 'Thing', 'Vehicle'])
  })

  it('returns an empty list for an interface without types', () => {
    expect(possibleTypesOf(buildSchema('type Query { thing: Thing } interface Thing { id: ID }'))).toEqual({
      Thing: [],
    })
  })

  it('leaves out types for routers', () => {
    const schema = buildSchema('type Query { entity: _Entity } type Thing { id: ID } union _Entity = Thing')
    expect(possibleTypesOf(schema)).toEqual({})
  })

  it('is the same for the public schema and the one that is served', () => {
    const { schema, served } = createSchema(PROVIDERS)
    expect(possibleTypesOf(served)).toEqual({
      Account: expect.arrayContaining(['KobbleWallet', 'VobizCustomer']),
      Node: expect.arrayContaining(['KobbleTransaction', 'KobbleWallet', 'VobizCustomer', 'VobizTransaction']),
      Transaction: expect.arrayContaining(['KobbleTransaction', 'VobizTransaction']),
    })
    expect(possibleTypesOf(schema)).toEqual(possibleTypesOf(served))
  })
})
