import type { Plugin } from 'graphql-yoga'
import type { Tab } from '../../graphql/graphiql.ts'
import { PREFLIGHT_HEADER } from './csrf.ts'
import { createStaticContent, type StaticContent } from './static-content.ts'

/** Nothing but this server may be talked to, and no script runs that it has not sent as a file. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  // The editor writes its styles into the page.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * A tab that is pressed would take the place that the page has worked out for it, which is a wrong one: it would jump
 * away from under the pointer, and no click would reach it.
 */
const STYLE_REPAIR = '.graphiql-tab { transform: none !important }'

/** Subscriptions are GETs, and not every browser tells that they come from a page of this server. */
const HEADERS = { [PREFLIGHT_HEADER]: '1' }

/**
 * A function for the page: its storage, without request headers, since these hold the user's token. GraphiQL leaves them out of its tabs
 * when asked to, but not out of its history; and earlier versions of this page have stored them.
 */
const STORAGE = `function storageWithoutHeaders() {
  const cleaned = (key, text) => {
    if (key === 'graphiql:headers') return ''
    try {
      return JSON.stringify(JSON.parse(text), (name, value) => (name === 'headers' ? null : value))
    } catch {
      return text
    }
  }
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith('graphiql:')) localStorage.setItem(key, cleaned(key, localStorage.getItem(key)))
  }
  return new Proxy(localStorage, {
    get(stored, name) {
      if (name === 'setItem') return (key, text) => stored.setItem(key, cleaned(key, text))
      return typeof stored[name] === 'function' ? stored[name].bind(stored) : stored[name]
    },
  })
}`

/** What the page is made of, beside itself: each file by its name, in which a hash stands for what is in it. */
interface PageFiles {
  readonly byName: ReadonlyMap<string, StaticContent>
  readonly icon: string
  readonly style: string
  readonly script: string
}

async function makeFiles(): Promise<PageFiles> {
  const parts = await import('@graphql-yoga/render-graphiql/graphiql')
  const byName = new Map<string, StaticContent>()
  const add = (ending: string, type: string, body: string | Buffer) => {
    const content = createStaticContent({
      type,
      body,
      cacheControl: 'public, max-age=31536000, immutable',
      // A worker keeps to the policy of its own file.
      headers: { 'content-security-policy': POLICY },
    })
    const name = `graphiql-${content.hash}.${ending}`
    byName.set(name, content)
    return name
  }
  const addScript = (body: string) => add('js', 'text/javascript; charset=utf-8', body)
  const workers = {
    editorWorkerService: addScript(parts.editorWorkerService),
    json: addScript(parts.jsonWorker),
    graphql: addScript(parts.graphqlWorker),
  }
  const script = addScript(`${STORAGE}
{
  const workers = ${JSON.stringify(workers)}
  const folder = document.currentScript.src
  self.MonacoEnvironment = {
    globalAPI: false,
    getWorkerUrl: (moduleId, label) => new URL(workers[label], folder).href,
  }
}
${parts.js};
YogaGraphiQL.renderYogaGraphiQL(
  document.querySelector('#root'),
  { ...JSON.parse(document.querySelector('#options').textContent), shouldPersistHeaders: false, storage: storageWithoutHeaders() },
)
`)
  const style = add('css', 'text/css; charset=utf-8', `${parts.css}\n${STYLE_REPAIR}\n`)
  const [, icon = ''] = parts.favicon.split('base64,')
  return { byName, style, script, icon: add('ico', 'image/x-icon', Buffer.from(icon, 'base64')) }
}

let files: Promise<PageFiles> | null = null

/** The files are large, and the same for every page, so that they are made once, and only when somebody asks for them. */
function loadFiles(): Promise<PageFiles> {
  files ??= makeFiles()
  return files
}

/** @param folder where the files are, as seen from the page */
function renderPage({ title, defaultTabs }: PageOptions, { icon, style, script }: PageFiles, folder: string): string {
  // Within a page, "</script>" would end what is no more than text.
  const options = JSON.stringify({ title, defaultTabs, additionalHeaders: HEADERS }).replaceAll('<', '\\u003c')
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>${title}</title>
    <link rel="icon" href="${folder}${icon}">
    <link rel="stylesheet" href="${folder}${style}">
    <script defer src="${folder}${script}"></script>
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script id="options" type="application/json">${options}</script>
  </body>
</html>
`
}

export interface PageOptions {
  /** Plain text. */
  readonly title: string
  readonly defaultTabs: readonly Tab[]
}

/** Returns true for what a browser sends when its user opens an address. */
const isNavigation = ({ method, headers }: Request) =>
  (method === 'GET' || method === 'HEAD') && (headers.get('accept')?.includes('text/html') ?? false)

const PAGE_PATH = /(?:^|\/)graphql(\/?)$/
const FILE_PATH = /(?:^|\/)graphql\/(graphiql-[\w-]+\.\w+)$/

/**
 * Answers browsers that ask for the page of GraphiQL. Since the page sends its operations to its own address, browsers forget
 * it with every one of them; so it is small, and what is large lies in files with addresses of their own, which are kept for
 * good. Their addresses are relative, so that the page works behind a proxy that puts a path in front. A browser at `/` is
 * redirected to the page.
 */
export function useGraphiQLPage(options: PageOptions): Plugin {
  const pages = new Map<string, StaticContent>()
  return {
    async onRequest({ request, url, fetchAPI, endResponse }) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return
      const [, name] = FILE_PATH.exec(url.pathname) ?? []
      if (name !== undefined) {
        const file = (await loadFiles()).byName.get(name)
        if (file) endResponse(await file.answer(request, fetchAPI))
        return
      }
      if (!isNavigation(request)) return
      if (url.pathname === '/') {
        // Relative, for a proxy that puts a path in front.
        endResponse(new fetchAPI.Response(null, { status: 302, headers: { location: 'graphql', vary: 'Accept' } }))
        return
      }
      const [, slash] = PAGE_PATH.exec(url.pathname) ?? []
      if (slash === undefined) return
      const folder = slash === '' ? 'graphql/' : ''
      let page = pages.get(folder)
      if (!page) {
        page = createStaticContent({
          type: 'text/html; charset=utf-8',
          body: renderPage(options, await loadFiles(), folder),
          cacheControl: 'no-cache',
          headers: { 'content-security-policy': POLICY },
          vary: ['Accept'],
        })
        pages.set(folder, page)
      }
      endResponse(await page.answer(request, fetchAPI))
    },
  }
}

/** Answers with status 404 where {@link useGraphiQLPage} would show the page or one of its files. */
export const useGraphiQLDisabled = (): Plugin => ({
  onRequest({ request, url, fetchAPI, endResponse }) {
    if (FILE_PATH.test(url.pathname) || (isNavigation(request) && PAGE_PATH.test(url.pathname))) {
      endResponse(new fetchAPI.Response(null, { status: 404 }))
    }
  },
})
