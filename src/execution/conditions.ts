import { type DirectiveNode, type DocumentNode, Kind, type SelectionSetNode } from 'graphql'
import type { Variables } from './execution.ts'

const INCREMENTAL = ['defer', 'stream']
const CONDITIONAL = ['skip', 'include']

/** The directives of a document that matter for its execution. */
export interface DirectiveUse {
  /** The names of the variables on which `@skip` and `@include` depend. */
  readonly variables: readonly string[]
  /** True when a part is delivered later. */
  readonly isIncremental: boolean
}

/** Finds the directives in all selections of a document. */
export function findDirectives(document: DocumentNode): DirectiveUse {
  const variables = new Set<string>()
  let isIncremental = false

  function visitDirective({ name, arguments: args = [] }: DirectiveNode): void {
    if (INCREMENTAL.includes(name.value)) isIncremental = true
    if (!CONDITIONAL.includes(name.value)) return
    for (const { value } of args) {
      if (value.kind === Kind.VARIABLE) variables.add(value.name.value)
    }
  }

  function visitSet({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      selection.directives?.forEach(visitDirective)
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet) visitSet(selection.selectionSet)
    }
  }

  for (const definition of document.definitions) {
    if ('selectionSet' in definition) visitSet(definition.selectionSet)
  }
  return { variables: [...variables], isIncremental }
}

/** Returns the given variables that have a value, and no others. */
export const pickVariables = (names: readonly string[], variables: Variables): Variables =>
  Object.fromEntries(names.filter((name) => Object.hasOwn(variables, name)).map((name) => [name, variables[name]]))

/** Returns a text that is the same for all variables under which the same fields are selected. */
export const conditionsKey = (names: readonly string[], variables: Variables): string =>
  names.map((name) => (Object.hasOwn(variables, name) ? String(variables[name]) : '-')).join()
