import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { type PreviewServer, preview } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatDecimal, formatMoney, type Money } from '../../docs/examples/react/src/money.ts'
import { type BrowserPage, openPage, whyNoBrowser } from '../support/browser.ts'
import { examplePath, runTool } from './support/example.ts'
import { type ServedGateway, serveGateway } from './support/serve.ts'

const PAGE_SIZE = 20
const MONTH = '2026-09'

describe('formatMoney()', () => {
  it.each<[Money, string]>([
    [{ rounded: '1000.50', currency: 'INR', minorUnitDigits: 2 }, '₹1,000.50'],
    [{ rounded: '-3', currency: 'JPY', minorUnitDigits: 0 }, '-¥3'],
    // No binary floating-point number has these digits.
    [{ rounded: '9007199254740993.07', currency: 'AUD', minorUnitDigits: 2 }, 'A$9,007,199,254,740,993.07'],
  ])('keeps every digit of %j', (money, text) => {
    expect(formatMoney(money)).toBe(text)
  })
})

if (whyNoBrowser) console.warn(`The tests of the React example are skipped: ${whyNoBrowser}.`)

describe.skipIf(whyNoBrowser)('the example for React', () => {
  let at: ServedGateway
  let folder: string
  let server: PreviewServer
  let browser: BrowserPage
  let page: Page

  beforeAll(async () => {
    at = await serveGateway()
    folder = await mkdtemp(join(tmpdir(), 'react-'))
    await runTool(examplePath('react'), 'tsc', '-p', '.')
    await runTool(examplePath('react'), 'vite', 'build', '--outDir', folder, '--emptyOutDir')
    server = await preview({
      root: examplePath('react'),
      build: { outDir: folder },
      preview: { host: '127.0.0.1', port: 0, proxy: { '/graphql': at.origin } },
      logLevel: 'silent',
    })
    browser = await openPage()
    page = browser.page
    await page.goto(`http://127.0.0.1:${(server.httpServer.address() as AddressInfo).port}/`)
    await page.getByLabel('Month').fill(MONTH)
    await rows().first().waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await at?.close()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  const section = (name: string) => page.getByRole('region', { name })
  const rows = () => section('Entries').locator('tr')
  const button = (name: string) => section('Entries').getByRole('button', { name })
  const ids = () => rows().evaluateAll((found) => found.map((row) => row.getAttribute('data-id')))

  /** Returns the newest entries that the gateway lists. */
  async function listed(first: number, filter: object | null = null) {
    type Node = { id: string; label: string; provider: string; amount: Money; accounts: { displayName: string }[] }
    const { transactions } = await at.ask<{ transactions: { nodes: Node[] } }>(
      `query ($first: Int, $filter: TransactionFilter) {
        transactions(first: $first, filter: $filter) {
          nodes { id label provider amount { rounded currency minorUnitDigits } accounts { displayName } }
        }
      }`,
      { first, filter },
    )
    return transactions.nodes
  }
  const idsOf = (nodes: readonly { id: string }[]) => nodes.map(({ id }) => id)

  it('shows the newest entries with label, account and amount', async () => {
    const nodes = await listed(PAGE_SIZE)
    expect(await ids()).toEqual(idsOf(nodes))
    const [text, { label, provider, amount, accounts }] = [(await rows().first().textContent())!, nodes[0]!]
    for (const part of [label, provider, formatMoney(amount), ...accounts.map(({ displayName }) => displayName)]) {
      expect(text).toContain(part)
    }
  })

  it('adds the next page below', async () => {
    await button('Older').click()
    await rows().nth(PAGE_SIZE).waitFor()
    expect(await ids()).toEqual(idsOf(await listed(2 * PAGE_SIZE)))
  })

  it('adds on top what has arrived, also more than a page', async () => {
    const now = Date.parse('2027-01-01T00:00:00Z')
    for (let minute = 0; minute < PAGE_SIZE; minute++) {
      at.vobiz.grow(now + minute * 60_000)
      at.kobble.grow(now + minute * 60_000 + 30_000)
    }
    await button('Newer').click()
    await rows()
      .nth(4 * PAGE_SIZE - 1)
      .waitFor()
    expect(await ids()).toEqual(idsOf(await listed(4 * PAGE_SIZE)))
  })

  it('filters by provider', async () => {
    const expected = idsOf(await listed(PAGE_SIZE, { providers: ['VOBIZ'] }))
    await section('Entries').getByLabel('Provider').selectOption('VOBIZ')
    await expect.poll(ids).toEqual(expected)
    await section('Entries').getByLabel('Provider').selectOption('all')
    await expect.poll(async () => (await ids()).length).toBe(4 * PAGE_SIZE)
  })

  it('shows a statement of the month', async () => {
    type Answer = { vobizCustomers: { nodes: { displayName: string; statement: { invoice: Money } }[] } }
    const { vobizCustomers } = await at.ask<Answer>(`{
      vobizCustomers(first: 2) {
        nodes {
          displayName
          statement(month: "${MONTH}") { invoice(marginPercent: "20") { rounded currency minorUnitDigits } }
        }
      }
    }`)
    const invoice = section('Statement').getByTestId('invoice')
    for (const { displayName, statement } of vobizCustomers.nodes) {
      await section('Statement').getByLabel('Customer').selectOption(displayName)
      await invoice.filter({ hasText: formatMoney(statement.invoice) }).waitFor()
    }
  })

  it('shows a bar for each day, with its exact amount', async () => {
    type Totals = { currency: string; credit: string }
    type Answer = { transactions: { groups: { day: string; summary: { totals: Totals[] } }[] } }
    const { transactions } = await at.ask<Answer>(`{
      transactions(filter: { from: "${MONTH}-01", to: "${MONTH}-30", affectsBalance: true }) {
        groups(by: [DAY]) { day summary { totals { currency credit } } }
      }
    }`)
    const expected = transactions.groups.map(({ day, summary }) => {
      const credit = summary.totals.find(({ currency }) => currency === 'INR')?.credit ?? '0'
      return `${day}: ${formatDecimal(credit, 'INR')}`
    })
    expect(expected.length).toBeGreaterThan(20)
    expect(await section('Chart').locator('figcaption').allTextContents()).toEqual(['AUD', 'INR'])
    const bars = section('Chart').getByRole('img', { name: 'Credits in INR' }).locator('rect')
    await expect.poll(() => bars.locator('title').allTextContents()).toEqual(expected)
    const heights = await bars.evaluateAll((found) => found.map((bar) => Number(bar.getAttribute('height'))))
    expect(Math.max(...heights)).toBe(100)
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(0)
  })

  it('has no problem while all providers work', () => {
    expect(browser.complaints).toEqual([])
  })

  it.each(['Try again', 'Newer'])('names a provider that fails, and recovers with %s', async (name) => {
    const expected = idsOf(await listed(PAGE_SIZE))
    const [upstream] = at.kobble.servers
    upstream.fault({ kind: 'reply', reply: { status: 503, json: {} } })
    await page.reload()
    const banner = section('Entries').getByRole('alert')
    await banner.filter({ hasText: 'Entries of KOBBLE are missing' }).waitFor()
    expect(await banner.textContent()).toContain('UPSTREAM_')
    expect(await ids()).toEqual(idsOf(await listed(PAGE_SIZE, { providers: ['VOBIZ'] })))

    upstream.clearFaults()
    // The circuit breaker may pause the provider for a while.
    await expect
      .poll(
        async () => {
          await button(name)
            .click({ timeout: 500 })
            .catch(() => {})
          return ids()
        },
        { timeout: 60_000, interval: 500 },
      )
      .toEqual(expected)
    expect(await banner.count()).toBe(0)
  })
})
