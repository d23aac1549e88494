import type { Plugin } from 'graphql-yoga'
import type { Tab } from '../../graphql/graphiql.ts'
import { PREFLIGHT_HEADER } from './csrf.ts'
import { createStaticContent, type StaticContent } from './static-content.ts'

/** Content security policy: the page may connect only to this server, and runs only scripts that are files of this server. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  // The editor adds inline styles to the page.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Works around defects of GraphiQL. A pressed tab moves to a wrongly computed position, away from the pointer, so that the click
 * does not reach it. Tabs that do not fit in one line are hidden, without a scroll bar, as soon as a panel beside them is open.
 */
const STYLE_REPAIR = `.graphiql-tab { transform: none !important }
.graphiql-container .graphiql-session-header { height: auto; min-height: var(--session-header-height); align-items: flex-end }
.graphiql-container .graphiql-tabs { flex-wrap: wrap; row-gap: 2px; overflow: visible; padding-bottom: 0 }
.graphiql-container .graphiql-logo { flex-shrink: 0; max-width: 170px; font-size: var(--font-size-body) }
.graphiql-container .graphiql-logo svg { flex-shrink: 0 }`

/** Needed by subscriptions: they are GETs, and not every browser marks them as same-origin. */
const HEADERS = { [PREFLIGHT_HEADER]: '1' }

/**
 * Source of a function for the page: returns its storage without request headers, because these hold the user's token. GraphiQL
 * can omit them from its tabs but not from its history, and earlier versions of this page stored them.
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

/** The files of the page. Each name contains a hash of the content. */
interface PageFiles {
  readonly byName: ReadonlyMap<string, StaticContent>
  readonly icon: string
  readonly style: string
  readonly script: string
}

async function createPageFiles(): Promise<PageFiles> {
  const parts = await import('@graphql-yoga/render-graphiql/graphiql')
  const byName = new Map<string, StaticContent>()
  const add = (ending: string, type: string, body: string | Buffer) => {
    const content = createStaticContent({
      type,
      body,
      cacheControl: 'public, max-age=31536000, immutable',
      // A worker applies the policy of its own file.
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

/** Returns the files of the page. They are large and always the same, so they are created once, on the first request. */
function loadFiles(): Promise<PageFiles> {
  files ??= createPageFiles()
  return files
}

/** @param folder path of the files, relative to the page */
function renderPage({ title, defaultTabs }: PageOptions, { icon, style, script }: PageFiles, folder: string): string {
  // Escaped, because "</script>" in the JSON text would end the script element.
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

/** Returns true for a request that a browser sends when its user opens an address. */
const isNavigation = ({ method, headers }: Request) =>
  (method === 'GET' || method === 'HEAD') && (headers.get('accept')?.includes('text/html') ?? false)

const PAGE_PATH = /(?:^|\/)graphql(\/?)$/
const FILE_PATH = /(?:^|\/)graphql\/(graphiql-[\w-]+\.\w+)$/

/**
 * Serves the GraphiQL page to browsers. The page sends its operations to its own URL, and each of them removes the page from the
 * browser's cache. So the page is small, and its large parts are files with URLs of their own that browsers cache forever. Their
 * URLs are relative, so that the page works behind a proxy that adds a path prefix. A browser at `/` is redirected to the page.
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
        // Relative, for a proxy that adds a path prefix.
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

/** Answers with status 404 when {@link useGraphiQLPage} would serve the page or one of its files. */
export const useGraphiQLDisabled = (): Plugin => ({
  onRequest({ request, url, fetchAPI, endResponse }) {
    if (FILE_PATH.test(url.pathname) || (isNavigation(request) && PAGE_PATH.test(url.pathname))) {
      endResponse(new fetchAPI.Response(null, { status: 404 }))
    }
  },
})
