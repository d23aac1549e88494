import type { TypedDocumentString } from './gql/graphql.js'

/**
 * Sends an operation to the gateway and returns its typed result.
 *
 * @throws {Error} with the message of the first error of the answer
 */
export async function execute<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  url = 'http://127.0.0.1:4000/graphql',
): Promise<Result> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: document, variables }),
  })
  const { data, errors } = (await response.json()) as { data: Result; errors?: { message: string }[] }
  if (errors?.[0]) throw new Error(errors[0].message)
  return data
}
