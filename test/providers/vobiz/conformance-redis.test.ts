import { describe } from 'vitest'
import { keepInRedis } from '../../redis/support/kept-in-redis.ts'
import { describeLedgerConformance } from '../../support/ledger-conformance.ts'
import { whyNoRedis } from '../../support/redis.ts'
import { vobizTraits } from './conformance-traits.ts'

describe.skipIf(whyNoRedis !== null)(`with answers in Redis${whyNoRedis === null ? '' : ` (${whyNoRedis})`}`, () => {
  describeLedgerConformance('vobizTransactions with answers in Redis', {
    ...keepInRedis()(vobizTraits(['MA_1'])),
    path: ['vobizTransactions'],
  })
})
