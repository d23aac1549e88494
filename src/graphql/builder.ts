import SchemaBuilder, { type InterfaceRef as PothosInterfaceRef } from '@pothos/core'
import type { GatewayContext } from './context.ts'

/** The types that the schema builder knows by name. */
export interface SchemaTypes {
  Context: GatewayContext
  DefaultFieldNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: string; Output: string }
    Date: { Input: string; Output: string }
    Decimal: { Input: string; Output: string }
    CurrencyCode: { Input: string; Output: string }
    JSON: { Input: unknown; Output: unknown }
  }
}

/** Returns a new schema builder. Each schema has its own, so that tests can build several. */
export const createBuilder = () => new SchemaBuilder<SchemaTypes>({ defaultFieldNullability: false })

export type GatewayBuilder = ReturnType<typeof createBuilder>

/** `SchemaTypes` with the defaults of Pothos. */
export type AllTypes = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>

/** A reference to an interface of the schema. */
export type InterfaceRef<T> = PothosInterfaceRef<AllTypes, T>
