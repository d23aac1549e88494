import { BASE_PATHS } from '../upstream/routes.ts'

/** The targets of requests on the upstream server. */
export const vobizLedger = (authId: string, page: number, perPage: number): string =>
  `${BASE_PATHS.vobiz}/accounts/${authId}/transactions?page=${page}&per_page=${perPage}`

export const kobbleLedger = (offset: number, limit: number): string =>
  `${BASE_PATHS.kobble}/customers/v1/transactions?offset=${offset}&limit=${limit}&order=desc`
