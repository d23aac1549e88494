import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { Summary } from './summary.ts'

const fromRoot = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

export default defineConfig({
  root: fromRoot(''),
  // graphql 16 ships a CommonJS and an ES build; every import must meet the same one, or its instanceof checks fail.
  resolve: { alias: [{ find: /^graphql$/, replacement: fromRoot('node_modules/graphql/index.js') }] },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', new Summary()],
  },
})
