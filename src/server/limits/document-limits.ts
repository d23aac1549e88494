import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type SelectionSetNode,
  type ValidationRule,
  validate,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { RequestLimits } from '../../config.ts'
import { type GatewayError, IntrospectionOffError, RequestLimitError } from '../../errors.ts'
import { cutMessage } from '../../graphql/error-masking.ts'

/** What a document is, as far as it is limited; where it has several operations, the most of any one. */
export interface DocumentSize {
  /** Fields below one another. */
  readonly depth: number
  /** Those of a fragment as often as it is spread. */
  readonly aliases: number
  /** Of the whole document, as it is written. */
  readonly directives: number
  readonly rootFields: number
  /** The first field that shows the schema; null where there is none. */
  readonly introspection: string | null
  /** Fields that show the schema, those of a fragment as often as it is spread. */
  readonly introspections: number
  /** Characters of the longest alias. */
  readonly longestAlias: number
}

/** Characters of an alias. The answer repeats it in each row of a list, and each error of a row in its path. */
const MAX_ALIAS_CHARACTERS = 200

/** The fields that show the schema: GraphQL's own, and the one for routers of a federated graph. */
const INTROSPECTION = ['__schema', '__type', '_service']

/**
 * Such fields in one operation. What they select is not counted in its cost, and the schema is large; tools select one.
 */
const MAX_INTROSPECTIONS = 5

/** How large a selection set is with everything below it. */
interface SetSize {
  readonly depth: number
  readonly aliases: number
  /** Fields at its own level. */
  readonly fields: number
  readonly introspections: number
}

const NOTHING: SetSize = { depth: 0, aliases: 0, fields: 0, introspections: 0 }

/** The fragments of a document, by name. */
export function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  )
}

/**
 * Measures a document that has been parsed and nothing more. Every selection is looked at once, however often its fragment
 * is spread; a fragment that is spread within itself counts as nothing there, and is left to validation.
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
    known.set(name, NOTHING)
    const fragment = fragments.get(name)
    if (!fragment) return NOTHING
    count(fragment.directives)
    const measured = sizeOfSet(fragment.selectionSet)
    known.set(name, measured)
    return measured
  }

  function sizeOfField({ name: { value: name }, alias, selectionSet }: FieldNode): SetSize {
    const below = selectionSet ? sizeOfSet(selectionSet) : NOTHING
    const isIntrospection = INTROSPECTION.includes(name)
    if (isIntrospection) introspection ??= name
    if (alias) longestAlias = Math.max(longestAlias, alias.value.length)
    // How deep introspection goes is GraphQL's own to limit, and it does.
    const depth = isIntrospection ? 1 : 1 + below.depth
    const introspections = (isIntrospection ? 1 : 0) + below.introspections
    return { depth, aliases: (alias ? 1 : 0) + below.aliases, fields: 1, introspections }
  }

  function sizeOfSet({ selections }: SelectionSetNode): SetSize {
    let { depth, aliases, fields, introspections } = NOTHING
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

  let largest = NOTHING
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

/** A number for people; fragments can make it longer than anybody reads. */
export const shownNumber = (value: number) => (value > 1e9 ? 'more than 1000000000' : String(value))

/** Why an operation is not executed, as an answer with this status in every media type. */
export function refusedOperation(
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
  const check = (what: string, value: number, limit: number) => {
    if (value <= limit) return
    const message = `The document has ${shownNumber(value)} ${what}, and at most ${limit} are allowed.`
    throw refusedOperation(new RequestLimitError(message))
  }
  check('levels of fields', size.depth, limits.maxDepth)
  check('aliases', size.aliases, limits.maxAliases)
  check('characters in its longest alias', size.longestAlias, MAX_ALIAS_CHARACTERS)
  check('directives', size.directives, limits.maxDirectives)
  check('fields at the root', size.rootFields, limits.maxRootFields)
  check('fields that show the schema', size.introspections, MAX_INTROSPECTIONS)
  if (size.introspection !== null && !limits.introspection) {
    throw refusedOperation(new IntrospectionOffError(size.introspection))
  }
}

/** How GraphQL says that a document has too many tokens; it has no other word for it. */
const TOO_MANY_TOKENS = /^Syntax Error: Document contains more tha[nt] \d+ tokens/

/**
 * Refuses documents that are too large, before they are validated: rules of validation can take long over a large one.
 * Where introspection is off, no error helps with names that come close to what was sent.
 */
export function useDocumentLimits(limits: RequestLimits): Plugin {
  const { maxTokens } = limits
  return {
    onParse({ parseFn, setParseFn }) {
      setParseFn((source, options) => parseFn(source, { ...options, maxTokens }))
      return ({ result }) => {
        if (result instanceof GraphQLError && TOO_MANY_TOKENS.test(result.message)) {
          throw refusedOperation(new RequestLimitError(`The document has more than the ${maxTokens} tokens allowed.`))
        }
        // The stack is full.
        if (result instanceof RangeError) {
          throw refusedOperation(new RequestLimitError('The document is nested too deeply to be read.'))
        }
      }
    },
    onValidate({ params: { documentAST }, setValidationFn }) {
      checkDocument(documentAST, limits)
      if (!limits.introspection) {
        setValidationFn((schema: GraphQLSchema, document: DocumentNode, rules: readonly ValidationRule[]) =>
          validate(schema, document, rules, { hideSuggestions: true }),
        )
      }
      return ({ result }) => {
        // A name can be as long as the body, and each of a hundred errors repeats it.
        for (const error of result) error.message = cutMessage(error.message)
      }
    },
  }
}

/** The most characters of documents that are kept parsed; a parsed one takes up to 300 times as many bytes. */
const MAX_CACHED = 200_000

/** Parsed documents, by their text. */
export interface DocumentCache {
  get(text: string): DocumentNode | undefined
  set(text: string, document: DocumentNode): void
}

/**
 * Keeps the documents that were used last, and forgets others when the texts of all of them come to more characters than
 * `maxCharacters`: a cache that counts documents alone could be filled with large ones.
 */
export function createDocumentCache(maxCharacters = MAX_CACHED): DocumentCache {
  const documents = new Map<string, DocumentNode>()
  let characters = 0
  const forget = (text: string) => {
    if (documents.delete(text)) characters -= text.length
  }
  return {
    get(text) {
      const document = documents.get(text)
      if (document) {
        // A Map keeps the order of insertion, so that what was used last stands at its end.
        documents.delete(text)
        documents.set(text, document)
      }
      return document
    },
    set(text, document) {
      forget(text)
      if (text.length > maxCharacters) return
      documents.set(text, document)
      characters += text.length
      for (const oldest of documents.keys()) {
        if (characters <= maxCharacters) break
        forget(oldest)
      }
    },
  }
}
