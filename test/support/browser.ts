import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'

/** The path of Debian's package. */
const CHROMIUM = '/usr/bin/chromium'

/** The reason why tests with a browser are skipped; null when they run. In CI they fail without a browser. */
export const whyNoBrowser: string | null =
  existsSync(CHROMIUM) || process.env.CI ? null : `there is no browser at ${CHROMIUM}`

/** A page in a browser of its own, with the requests and problems of the page. */
export interface BrowserPage {
  readonly page: Page
  /** The addresses of all requests, those of workers among them. */
  readonly requests: readonly string[]
  /** Exceptions of the page, errors and warnings on its console, and violations of its policy. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

/** Starts a browser that remembers nothing of earlier ones. */
export async function openPage(): Promise<BrowserPage> {
  const profile = await mkdtemp(join(tmpdir(), 'browser-'))
  const forget = () => rm(profile, { recursive: true, force: true })
  const browser = await chromium
    .launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
      viewport: { width: 1280, height: 800 },
    })
    .catch(async (error) => {
      await forget()
      throw error
    })
  const requests: string[] = []
  const complaints: string[] = []
  browser.on('request', (request) => requests.push(request.url()))
  browser.on('weberror', (error) => complaints.push(`exception: ${error.error().message}`))
  browser.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`)
  })
  await browser.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => console.error('forbidden: ' + event.blockedURI))",
  )
  return {
    page: await browser.newPage(),
    requests,
    complaints,
    async close() {
      await browser.close()
      await forget()
    },
  }
}
