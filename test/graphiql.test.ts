import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page, Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../src/gateway.ts'
import { examplesOf } from '../src/graphql/graphiql.ts'
import { createListener } from '../src/server/listener.ts'
import { type BrowserPage, openPage, whyNoBrowser } from './support/browser.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

/** Returns the names of the examples whose operation is of a kind. */
const namesOf = (kind: string) =>
  examplesOf(PROVIDERS).flatMap(({ query }) => new RegExp(`^(?:${kind}) (\\w+)`, 'm').exec(query)?.[1] ?? [])
const EXAMPLES = namesOf('query|subscription')

if (whyNoBrowser) console.warn(`The tests of GraphiQL are skipped: ${whyNoBrowser}.`)

describe.skipIf(whyNoBrowser)('GraphiQL', () => {
  let at: TestGateway
  let server: Server
  let browser: BrowserPage
  let page: Page
  let origin: string
  let policy: string | undefined
  /** Files of the page that were served, with the bytes that were sent. */
  const fetched: { readonly path: string; readonly bytes: number }[] = []
  /** Credentials that arrived with operations. */
  const credentials = new Set<string>()
  /** Methods of operations, with the header that other sites cannot send without a preflight. */
  const operations = new Set<string>()

  beforeAll(async () => {
    at = await startGateway()
    server = createListener(at.gateway)
    server.prependListener('request', (request, response) => {
      const { method, url: path = '', headers, socket } = request
      if (method === 'POST' || headers.accept === 'text/event-stream') {
        operations.add(`${method} ${headers['graphql-require-preflight']}`)
        if (headers.authorization) credentials.add(headers.authorization)
      } else {
        const before = socket.bytesWritten
        response.once('finish', () => fetched.push({ path, bytes: socket.bytesWritten - before }))
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await openPage()
    page = browser.page
    // The root leads to the page.
    const response = await page.goto(origin)
    policy = response?.headers()['content-security-policy']
    await page.locator('.graphiql-query-editor .view-line').first().waitFor()
  })

  afterAll(async () => {
    await browser?.close()
    server?.closeAllConnections()
    server?.close()
    await at?.close()
  })

  const tab = (name: string) => page.locator('.graphiql-tab-button', { hasText: new RegExp(`^${name}$`) })
  const editor = () => page.locator('.graphiql-query-editor .view-lines')
  const answer = () => page.locator('.graphiql-response .view-lines')

  async function select(name: string): Promise<void> {
    await tab(name).click()
    await page.locator('.graphiql-tab-active', { hasText: name }).waitFor()
    await editor().filter({ hasText: name }).waitFor()
  }

  /** Runs the open tab and returns the gateway's response. */
  async function run(name: string, start: () => Promise<void>) {
    const isOurs = (request: Request) => request.url() === `${origin}/graphql` && request.method() === 'POST'
    // The page sends nothing until it has parsed the operation of a tab.
    for (let attempt = 0; attempt < 20; attempt++) {
      const sent = page.waitForRequest((request) => isOurs(request) && request.postDataJSON().operationName === name, {
        timeout: 500,
      })
      const [request] = await Promise.all([sent.catch(() => null), start()])
      if (request) return (await request.response())?.json()
    }
    return expect.fail(`${name} was not sent`)
  }

  it('opens from the root with a tab for each example', async () => {
    expect(page.url()).toBe(`${origin}/graphql`)
    expect(await page.locator('.graphiql-tab-button').allInnerTexts()).toEqual(EXAMPLES)
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(5)
  })

  it.each(namesOf('query'))('shows the response to %s', async (name) => {
    await select(name)
    const result = await run(name, () => page.locator('.graphiql-execute-button').click())
    expect(result.errors).toBeUndefined()
    const [value] = Object.values(result.data)
    expect(value).not.toBeNull()
    await answer()
      .filter({ hasText: '"data"' })
      .filter({ hasText: Object.keys(result.data)[0]! })
      .waitFor()
    expect(await answer().textContent()).not.toContain('"errors"')
  })

  it.each(namesOf('subscription'))('shows the last event of %s', async (name) => {
    await select(name)
    const last = answer().filter({ hasText: '"balanced"' })
    // As with queries, the page sends nothing until it has parsed the operation.
    for (let attempt = 0; attempt < 20 && !(await last.isVisible()); attempt++) {
      await page.locator('.graphiql-execute-button').click()
      await last.waitFor({ timeout: 1000 }).catch(() => {})
    }
    const text = (await last.textContent()) ?? ''
    expect(text).not.toContain('"errors"')
    expect(text).toContain('"customersDone"')
  })

  it('shows every line of an example without scrolling', async () => {
    const pane = (await page.locator('.graphiql-query-editor .monaco-editor').first().boundingBox())!
    for (const name of EXAMPLES) {
      await select(name)
      for (const text of await editor().locator('.view-line > span').all()) {
        const line = (await text.boundingBox())!
        expect(line.x + line.width, (await text.textContent()) ?? '').toBeLessThanOrEqual(pane.x + pane.width)
      }
    }
  })

  it('runs the open tab with Ctrl-Enter', async () => {
    await select('NextPage')
    await editor().click()
    const result = await run('NextPage', () => page.keyboard.press('Control+Enter'))
    expect(result.data.transactions.nodes).toHaveLength(5)
  })

  it('describes the types of the schema', async () => {
    await page.getByLabel('Show Documentation Explorer').click()
    const docs = page.locator('.graphiql-doc-explorer')
    await docs.getByRole('link', { name: 'TransactionConnection', exact: true }).click()
    await docs.getByText('Page of the merged list over all providers.').waitFor()
    await docs.getByText('Contribution of each provider to the list, with its failure.').waitFor()
  })

  it('shows all tabs, also beside the panel of the docs, and the defaults of arguments in it', async () => {
    const right = page.viewportSize()!.width
    const docs = page.locator('.graphiql-doc-explorer')
    const editorTop = async () => (await editor().boundingBox())!.y
    async function expectAllTabs(): Promise<void> {
      for (const name of EXAMPLES) {
        const { x, y, width, height } = (await tab(name).boundingBox())!
        expect(x + width, name).toBeLessThanOrEqual(right)
        expect(y + height, name).toBeLessThanOrEqual(await editorTop())
        // Nothing is in front of it.
        const front = await page.evaluate(
          ([left, top]) => document.elementFromPoint(left!, top!)?.textContent,
          [x + width / 2, y + height / 2],
        )
        expect(front).toBe(name)
      }
    }
    if (!(await docs.isVisible())) await page.getByLabel('Show Documentation Explorer').click()
    await docs.waitFor()
    await expectAllTabs()
    const back = docs.getByLabel('Go back to Docs')
    if (await back.isVisible()) await back.click()
    await docs.getByRole('link', { name: 'Query', exact: true }).click()
    await docs.getByRole('link', { name: 'transactions', exact: true }).click()
    await docs.getByText('Order of the list; NEWEST_FIRST by default.').waitFor()
    await page.getByLabel('Hide Documentation Explorer').click()
    await expectAllTabs()
  })

  it('sends a header with every operation that other sites cannot send without a preflight', () => {
    expect([...operations].sort()).toEqual(['GET 1', 'POST 1'])
  })

  it('sends the headers of a tab and stores them nowhere, neither with tabs nor with the history', async () => {
    const token = 'hunter2-token'
    const headers = JSON.stringify({ authorization: `Bearer ${token}` })
    const other = await page.context().newPage()
    // Entries that earlier versions of the page have stored.
    await other.addInitScript((old) => {
      const entry = { query: '{ __typename }', variables: '{}', headers: old, operationName: null }
      localStorage.setItem('graphiql:headers', old)
      localStorage.setItem('graphiql:shouldPersistHeaders', 'true')
      localStorage.setItem('graphiql:queries', JSON.stringify({ queries: [entry] }))
      localStorage.setItem('graphiql:favorites', JSON.stringify({ favorites: [entry] }))
    }, headers)
    await other.goto(`${origin}/graphql`)
    await other.locator('.graphiql-query-editor .view-line').first().waitFor()
    const stored = () => other.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
    expect(await stored()).not.toContain(token)

    await other.locator('.graphiql-editor-tools button', { hasText: 'Headers' }).click()
    const editor = other.locator('.graphiql-editor-tool .monaco-editor:visible').last()
    await editor.click()
    await other.keyboard.press('Control+A')
    await other.keyboard.insertText(headers)
    await expect
      .poll(async () => {
        await other.locator('.graphiql-execute-button').click()
        return [...credentials]
      })
      .toContain(`Bearer ${token}`)
    // The page stores its tabs half a second after the last change.
    await other.waitForTimeout(1_500)
    expect(await stored()).toContain('OneList')
    expect(await stored()).not.toContain(token)
    expect(other.url()).not.toContain(token)
    await other.close()
  })

  it('is compressed, and cached for the second visit, though operations go to the same address', async () => {
    const bytes = () => fetched.reduce((sum, answer) => sum + answer.bytes, 0)
    expect(bytes()).toBeGreaterThan(1_000_000)
    expect(bytes()).toBeLessThan(2_500_000)
    fetched.length = 0
    const second = await page.context().newPage()
    await second.goto(`${origin}/graphql`)
    await second.locator('.graphiql-query-editor .view-line').first().waitFor()
    await second.close()
    expect(fetched.map(({ path }) => path)).toEqual(['/graphql'])
    expect(bytes()).toBeLessThan(5_000)
  })

  it('sends no request to another server, and violates no content security policy', () => {
    const origins = new Set(
      browser.requests.filter((url) => !url.startsWith('data:')).map((url) => new URL(url).origin),
    )
    expect([...origins]).toEqual([origin])
    expect(browser.requests.length).toBeGreaterThan(EXAMPLES.length)
    expect(browser.complaints).toEqual([])
    expect(policy).toContain("default-src 'self'")
    expect(policy).not.toMatch(/https?:|\*/)
  })
})
