import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServedGateway, serveGateway } from '../clients/support/serve.ts'

/** The audits of the GraphQL over HTTP specification, from its own package. */
describe('GraphQL over HTTP', () => {
  let at: ServedGateway
  beforeAll(async () => {
    at = await serveGateway()
  })
  afterAll(() => at?.close())

  const audits = serverAudits({ url: () => `${at.origin}/graphql`, fetchFn: fetch })

  it.each(audits.map((audit) => [audit.name, audit] as const))('%s', async (_, audit) => {
    expect(await audit.fn()).toMatchObject({ status: 'ok' })
  })
})
