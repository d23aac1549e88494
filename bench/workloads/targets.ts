import { BASE_PATHS } from '../upstream/routes.ts'

/** Targets of requests on the upstream server. */

const KOBBLE = `${BASE_PATHS.kobble}/customers/v1`

/** Part of a list by numbered pages. */
interface NumberedPage {
  readonly page: number
  readonly perPage: number
}

/** Returns the smallest page that holds all of these rows. */
export function coveringPage(offset: number, limit: number): NumberedPage {
  let perPage = limit
  while (Math.floor(offset / perPage) !== Math.floor((offset + limit - 1) / perPage)) perPage++
  return { page: Math.floor(offset / perPage) + 1, perPage }
}

const pageQuery = ({ page, perPage }: NumberedPage) => `page=${page}&per_page=${perPage}`

export const vobizLedger = (authId: string, page: NumberedPage): string =>
  `${BASE_PATHS.vobiz}/accounts/${authId}/transactions?${pageQuery(page)}`

/** The entries of one customer on one UTC day. */
export const vobizDay = (authId: string, day: string): string =>
  `${vobizLedger(authId, { page: 1, perPage: 20 })}&from_date=${day}&to_date=${day}`

export const vobizGlobalLedger = (page: NumberedPage): string => `${BASE_PATHS.vobiz}/transactions?${pageQuery(page)}`

export const vobizAccounts = (page: NumberedPage): string => `${BASE_PATHS.vobiz}/accounts?${pageQuery(page)}`

export const vobizAccount = (authId: string): string => `${BASE_PATHS.vobiz}/accounts/${authId}`

export const kobbleLedger = (offset: number, limit: number): string =>
  `${KOBBLE}/transactions?offset=${offset}&limit=${limit}&order=desc`

export const kobbleTransaction = (id: string): string => `${KOBBLE}/transactions/${id}`

export const kobbleWallets = (): string => `${KOBBLE}/wallets`
