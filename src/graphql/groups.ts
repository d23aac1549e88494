import type { EnumRef, ObjectRef } from '@pothos/core'
import { getNamedType, isObjectType } from 'graphql'
import type { Connection } from '../connection/connection.ts'
import { InvalidArgumentError } from '../errors.ts'
import type { Grouping, GroupSums, TransactionGrouping } from '../ledger/groups.ts'
import type { Summary } from '../ledger/summary.ts'
import type { TransactionCategory, TransactionDirection, TransactionStatus } from '../ledger/transaction.ts'
import { findTimeZone } from '../values/time-zone.ts'
import type { AllTypes, GatewayBuilder } from './builder.ts'
import { argumentsOf, type SelectionInfo, selectedFields } from './selection.ts'
import { defineEnum } from './transaction.ts'
import { cost, listSize } from './weight.ts'

const FIELD = 'groups'

/** The number of groups by which the cost of an operation is estimated: the days of a month. */
const ASSUMED_GROUPS = 31

const GROUPINGS = {
  CATEGORY: 'By `Transaction.category`.',
  DIRECTION:
    'By the direction on which `summary` adds the entries. In a list of given accounts it can differ from `Transaction.direction`.',
  STATUS: 'By `Transaction.status`.',
  DAY: 'By calendar day of `Transaction.createdAt` in the time zone.',
  MONTH: 'By calendar month of `Transaction.createdAt` in the time zone.',
} as const

interface GroupingArguments {
  readonly by: readonly TransactionGrouping[]
  readonly timeZone: string
}

/** @throws {InvalidArgumentError} when nothing is given to group by, or there is no such time zone */
function groupingOf({ by, timeZone }: GroupingArguments): Grouping {
  if (by.length === 0) throw new InvalidArgumentError('Argument "by" must name at least one property to group by.')
  const zone = findTimeZone(timeZone)
  if (zone) return { by: new Set(by), zone }
  throw new InvalidArgumentError(
    `Argument "timeZone" must be the IANA name of a time zone, such as "UTC" or "Australia/Sydney"; got ${JSON.stringify(timeZone.slice(0, 100))}.`,
  )
}

const NO_GROUPINGS: readonly Grouping[] = []

/**
 * Returns the groupings that are selected below a list, so that a provider can choose one way to sum for all of them.
 *
 * @throws {InvalidArgumentError} when the arguments of one of them are not valid
 */
export function selectedGroupings(info: SelectionInfo): readonly Grouping[] {
  const fields = selectedFields(info).filter(({ name }) => name === FIELD)
  const type = getNamedType(info.returnType)
  if (fields.length === 0 || !isObjectType(type)) return NO_GROUPINGS
  const definition = type.getFields()[FIELD]!
  return fields.map((field) =>
    groupingOf(argumentsOf(field, definition, info.variableValues) as unknown as GroupingArguments),
  )
}

/** The types of the fields of a group. */
interface GroupParts {
  readonly Summary: ObjectRef<AllTypes, Summary>
  readonly Category: EnumRef<AllTypes, TransactionCategory>
  readonly Direction: EnumRef<AllTypes, TransactionDirection>
  readonly Status: EnumRef<AllTypes, TransactionStatus>
}

/** Adds `TransactionGroup`. */
function defineGroup(builder: GatewayBuilder, { Summary, Category, Direction, Status }: GroupParts) {
  return builder.objectRef<GroupSums>('TransactionGroup').implement({
    description: 'Entries that have something in common, with their totals.',
    fields: (t) => ({
      day: t.field({
        type: 'Date',
        nullable: true,
        description: 'Day of the entries, in the time zone of `groups`; null unless grouped by DAY.',
        resolve: ({ day }) => day,
      }),
      month: t.string({
        nullable: true,
        description: 'Month of the entries as YYYY-MM, in the time zone of `groups`; null unless grouped by MONTH.',
        resolve: ({ month }) => month,
      }),
      category: t.field({
        type: Category,
        nullable: true,
        description: 'Category of the entries; null when they have none, or are not grouped by it.',
        resolve: ({ category }) => category,
      }),
      direction: t.field({
        type: Direction,
        nullable: true,
        description: 'Direction of the entries; null when they have none, or are not grouped by it.',
        resolve: ({ direction }) => direction,
      }),
      status: t.field({
        type: Status,
        nullable: true,
        description: 'Status of the entries; null when they are not grouped by it.',
        resolve: ({ status }) => status,
      }),
      summary: t.field({
        type: Summary,
        description: 'Totals of the entries of this group.',
        resolve: ({ summary }) => summary,
      }),
    }),
  })
}

/**
 * Adds `TransactionGroup` and `TransactionGrouping`.
 *
 * @returns a function that adds the field `groups` to a connection of entries
 */
export function defineGroups(builder: GatewayBuilder, parts: GroupParts) {
  const Group = defineGroup(builder, parts)
  const GroupingRef = defineEnum<TransactionGrouping>(
    builder,
    'TransactionGrouping',
    'Property by which entries are grouped. Values may be added.',
    GROUPINGS,
  )
  return <T>(ConnectionRef: ObjectRef<AllTypes, Connection<T>>): void => {
    builder.objectField(ConnectionRef, FIELD, (t) =>
      t.field({
        type: [Group],
        description:
          'Totals of the matching entries by what they have in common, ordered by month, day, category, direction and status, groups without one last. The groups add up to `summary`. Groups without entries are left out.',
        args: {
          by: t.arg({
            type: [GroupingRef],
            required: true,
            description: 'Properties that the entries of a group share; at least one.',
          }),
          timeZone: t.arg.string({
            required: true,
            defaultValue: 'UTC',
            description:
              'IANA name of the time zone of days and months, such as Australia/Sydney; UTC by default. In another zone a provider that sums UTC days itself is read entry by entry.',
          }),
        },
        extensions: { directives: { ...cost(20).directives, ...listSize(ASSUMED_GROUPS).directives } },
        resolve: async (connection, args) => [...(await connection.sumsBy(groupingOf(args)))],
      }),
    )
  }
}
