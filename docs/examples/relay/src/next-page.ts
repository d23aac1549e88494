import {
  createOperationDescriptor,
  type Environment,
  fetchQuery,
  getPaginationMetadata,
  getPaginationVariables,
  getSingularSelector,
} from 'relay-runtime'
import { cursorOf, type PartialPage, type ReadOptions, readNextPage } from '../../partial/paging.ts'
import fragment, { type Entries_list$data, type Entries_list$key } from './__generated__/Entries_list.graphql.ts'

/**
 * Adds the next page to the list, as `loadNext` of `usePaginationFragment` does. Waits and asks again while all providers
 * that have more entries fail.
 *
 * @param filter that of the list
 * @returns the list with the page; its `hasNextPage` says whether to continue; see `isStalled`
 */
export function loadNextPage(
  environment: Environment,
  list: Entries_list$key,
  count: number,
  filter: object | null,
  options?: ReadOptions,
): Promise<PartialPage> {
  const { paginationRequest, paginationMetadata } = getPaginationMetadata(fragment, 'Entries')
  const selector = getSingularSelector(fragment, list)
  if (selector?.kind !== 'SingularReaderSelector') throw new Error('the list is not in the store')
  const shown = () => (environment.lookup(selector).data as Entries_list$data).transactions
  const read = async (after: string | null) => {
    const variables = getPaginationVariables('forward', count, after, { filter }, {}, paginationMetadata)
    environment.retain(createOperationDescriptor(paginationRequest, variables))
    await fetchQuery(environment, paginationRequest, variables, { fetchPolicy: 'network-only' }).toPromise()
    return shown()
  }
  return readNextPage(read, cursorOf(shown()), options)
}
