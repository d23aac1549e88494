import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  parse,
  type SelectionSetNode,
  validate,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { RequestLimits } from '../../config.ts'
import { type GatewayError, IntrospectionOffError, RequestLimitError } from '../../errors.ts'
import { cutMessage } from '../../graphql/error-masking.ts'
import type { DocumentCache } from './document-cache.ts'

/** The measures of a document that are limited. With several operations, each is the maximum over the operations. */
export interface DocumentSize {
  /** Nesting depth of fields. */
  readonly depth: number
  /** Aliases; those of a fragment count once per spread. */
  readonly aliases: number
  /** Directives in the text of the whole document. */
  readonly directives: number
  readonly rootFields: number
  /** The first introspection field; null when there is none. */
  readonly introspection: string | null
  /** Introspection fields; those of a fragment count once per spread. */
  readonly introspections: number
  /** Characters of the longest alias. */
  readonly longestAlias: number
}

/** Maximum length of an alias. The answer repeats it in each row of a list and in the path of each error. */
const MAX_ALIAS_CHARACTERS = 200

/** The introspection fields: GraphQL's own, and the one for routers of a federated graph. */
const INTROSPECTION = ['__schema', '__type', '_service']

/**
 * Maximum number of introspection fields in one operation. Their selections do not count in its cost, although the schema is
 * large. Tools select one.
 */
const MAX_INTROSPECTIONS = 5

/** Size of a selection set with everything below it. */
interface SetSize {
  readonly depth: number
  readonly aliases: number
  /** Fields at its own level. */
  readonly fields: number
  readonly introspections: number
}

const EMPTY: SetSize = { depth: 0, aliases: 0, fields: 0, introspections: 0 }

/** Returns the fragments of a document by name. */
export function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  )
}

/**
 * Measures a document that is parsed but not validated. Every selection is visited once, however often its fragment is spread. A
 * fragment that is spread within itself counts as empty there; validation rejects it later.
 */
export function measureDocument(document: DocumentNode): DocumentSize {
  const fragments = fragmentsOf(document)
  const known = new Map<string, SetSize>()
  let directives = 0
  let introspection: string | null = null
  let longestAlias = 0
  const count = (nodes: readonly DirectiveNode[] = []) => {
    directives += nodes.length
  }

  function sizeOfFragment(name: string): SetSize {
    const size = known.get(name)
    if (size) return size
    known.set(name, EMPTY)
    const fragment = fragments.get(name)
    if (!fragment) return EMPTY
    count(fragment.directives)
    const measured = sizeOfSet(fragment.selectionSet)
    known.set(name, measured)
    return measured
  }

  function sizeOfField({ name: { value: name }, alias, selectionSet }: FieldNode): SetSize {
    const below = selectionSet ? sizeOfSet(selectionSet) : EMPTY
    const isIntrospection = INTROSPECTION.includes(name)
    if (isIntrospection) introspection ??= name
    if (alias) longestAlias = Math.max(longestAlias, alias.value.length)
    // GraphQL itself limits the depth of introspection.
    const depth = isIntrospection ? 1 : 1 + below.depth
    const introspections = (isIntrospection ? 1 : 0) + below.introspections
    return { depth, aliases: (alias ? 1 : 0) + below.aliases, fields: 1, introspections }
  }

  function sizeOfSet({ selections }: SelectionSetNode): SetSize {
    let { depth, aliases, fields, introspections } = EMPTY
    for (const selection of selections) {
      count(selection.directives)
      const size =
        selection.kind === Kind.FIELD
          ? sizeOfField(selection)
          : selection.kind === Kind.FRAGMENT_SPREAD
            ? sizeOfFragment(selection.name.value)
            : sizeOfSet(selection.selectionSet)
      depth = Math.max(depth, size.depth)
      aliases += size.aliases
      fields += size.fields
      introspections += size.introspections
    }
    return { depth, aliases, fields, introspections }
  }

  let largest = EMPTY
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) sizeOfFragment(definition.name.value)
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    count(definition.directives)
    for (const variable of definition.variableDefinitions ?? []) count(variable.directives)
    const size = sizeOfSet(definition.selectionSet)
    largest = {
      depth: Math.max(largest.depth, size.depth),
      aliases: Math.max(largest.aliases, size.aliases),
      fields: Math.max(largest.fields, size.fields),
      introspections: Math.max(largest.introspections, size.introspections),
    }
  }
  const { depth, aliases, fields: rootFields, introspections } = largest
  return { depth, aliases, directives, rootFields, introspection, introspections, longestAlias }
}

/** Formats a number for messages; fragments can make it very large. */
export const formatCount = (value: number) => (value > 1e9 ? 'more than 1000000000' : String(value))

/** Returns the error of an operation that is rejected before it is executed, with an HTTP status for every media type. */
export function operationError(
  error: GatewayError,
  status = 400,
  headers: Readonly<Record<string, string>> = {},
): GraphQLError {
  return new GraphQLError(error.message, {
    extensions: { code: error.code, ...error.details(), http: { status, headers } },
  })
}

/** @throws {GraphQLError} when a document is not allowed */
function checkDocument(document: DocumentNode, limits: RequestLimits): void {
  const size = measureDocument(document)
  const check = (kind: string, value: number, limit: number) => {
    if (value <= limit) return
    const message = `The document has ${formatCount(value)} ${kind}, and at most ${limit} are allowed.`
    throw operationError(new RequestLimitError(message))
  }
  check('levels of fields', size.depth, limits.maxDepth)
  check('aliases', size.aliases, limits.maxAliases)
  check('characters in its longest alias', size.longestAlias, MAX_ALIAS_CHARACTERS)
  check('directives', size.directives, limits.maxDirectives)
  check('fields at the root', size.rootFields, limits.maxRootFields)
  check('fields that show the schema', size.introspections, MAX_INTROSPECTIONS)
  if (size.introspection !== null && !limits.introspection) {
    throw operationError(new IntrospectionOffError(size.introspection))
  }
}

/**
 * Returns the errors of a document that make it invalid.
 * @throws {GraphQLError} when the document is too large to be validated, or selects what it may not
 */
export type CheckDocument = (schema: GraphQLSchema, document: DocumentNode) => readonly GraphQLError[]

/** Measures and validates documents. Each is validated once, for as long as it is in use. */
export function createDocumentCheck(limits: RequestLimits): CheckDocument {
  const known = new WeakMap<DocumentNode, readonly GraphQLError[]>()
  return (schema, document) => {
    let errors = known.get(document)
    if (errors === undefined) {
      checkDocument(document, limits)
      errors = validate(schema, document, undefined, { hideSuggestions: !limits.introspection })
      // Shortened, because a name can be as long as the body and each of a hundred errors repeats it.
      for (const error of errors) error.message = cutMessage(error.message)
      known.set(document, errors)
    }
    return errors
  }
}

/**
 * Parses a document, or takes it from a cache.
 * @throws {GraphQLError} when it is not a document, or has too many tokens
 */
export function readDocument(text: string, cache: DocumentCache, { maxTokens }: RequestLimits): DocumentNode {
  const known = cache.get(text)
  if (known !== undefined) return known
  const document = parse(text, { maxTokens })
  cache.set(text, document)
  return document
}

/** The message of GraphQL for too many tokens; the error has no code. */
const TOO_MANY_TOKENS = /^Syntax Error: Document contains more tha[nt] \d+ tokens/

/**
 * Rejects documents that are too large before they are validated, because validation of large documents is slow. With
 * introspection off, errors do not suggest similar names.
 */
export function useDocumentLimits({ maxTokens }: RequestLimits, check: CheckDocument): Plugin {
  return {
    onParse({ parseFn, setParseFn }) {
      setParseFn((source, options) => parseFn(source, { ...options, maxTokens }))
      return ({ result }) => {
        if (result instanceof GraphQLError && TOO_MANY_TOKENS.test(result.message)) {
          throw operationError(new RequestLimitError(`The document has more than the ${maxTokens} tokens allowed.`))
        }
        // The parser exceeded the size of the stack.
        if (result instanceof RangeError) {
          throw operationError(new RequestLimitError('The document is nested too deeply to be read.'))
        }
      }
    },
    onValidate({ params: { schema, documentAST }, setResult }) {
      setResult(check(schema, documentAST))
    },
  }
}
