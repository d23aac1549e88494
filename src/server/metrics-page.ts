import type { Plugin } from 'graphql-yoga'

/** The metrics as a page for scrapers. */
export interface MetricsPage {
  readonly contentType: string
  render(): Promise<string>
}

const METRICS_PATH = '/metrics'

/**
 * Answers `GET /metrics`.
 *
 * @param page null when it is not served here
 */
export function useMetricsPage(page: MetricsPage | null): Plugin {
  if (page === null) return {}
  return {
    async onRequest({ request, url, fetchAPI: { Response }, endResponse }) {
      if (url.pathname !== METRICS_PATH || (request.method !== 'GET' && request.method !== 'HEAD')) return
      const text = await page.render()
      const headers = { 'content-type': page.contentType, 'content-length': String(Buffer.byteLength(text)) }
      endResponse(new Response(request.method === 'HEAD' ? null : text, { headers }))
    },
  }
}
