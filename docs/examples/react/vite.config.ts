import { defineConfig } from 'vite'

/** The page and the gateway are one origin for the browser, so no CORS is needed. */
const proxy = { '/graphql': 'http://127.0.0.1:4000' }

export default defineConfig({ server: { proxy }, preview: { proxy } })
