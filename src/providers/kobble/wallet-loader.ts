import type { ListPage } from '../../ledger/load-listed.ts'
import { mapRows } from '../../ledger/mapped-row.ts'
import type { Operation } from '../../operation.ts'
import { type ByIdLoader, createListedLoader } from '../loaders.ts'
import type { KobbleApi } from './http.ts'
import { type KobbleWalletRecord, kobbleWallet } from './wallet.ts'

/** Reads the list of all wallets, which is one request. */
async function* walletPages(api: KobbleApi, operation: Operation): AsyncGenerator<ListPage<KobbleWalletRecord>> {
  const { rows, total } = await api.listWallets(operation)
  const ids = new Set(rows.map(({ id }) => id))
  yield {
    rows: mapRows(rows, kobbleWallet),
    isLast: total === null || total <= ids.size,
    // Paging is not documented for this list.
    requestsLeft: Number.POSITIVE_INFINITY,
  }
}

/** Creates the loader of wallets for one operation. Many wallets are looked up in the list of all of them. */
export function createWalletLoader(api: KobbleApi, operation: Operation): ByIdLoader<KobbleWalletRecord> {
  return createListedLoader(
    {
      pages: () => walletPages(api, operation),
      idOf: ({ providerId }) => providerId,
      async loadOne(id) {
        const row = await api.getWallet(id, operation)
        return row === null ? null : kobbleWallet(row)
      },
    },
    operation.meter,
  )
}
