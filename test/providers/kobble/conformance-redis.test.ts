import { describe } from 'vitest'
import { keepInRedis } from '../../redis/support/kept-in-redis.ts'
import { describeLedgerConformance } from '../../support/ledger-conformance.ts'
import { whyNoRedis } from '../../support/redis.ts'
import { kobbleTraits } from './conformance-traits.ts'

describe.skipIf(whyNoRedis !== null)(`with answers in Redis${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`, () => {
  describeLedgerConformance('kobbleTransactions with answers in Redis', {
    ...keepInRedis()(kobbleTraits()),
    path: ['kobbleTransactions'],
  })
})
