import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { Summary } from './summary.ts'

const fromRoot = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** Returns the configuration for a set of test files: all of them by default. */
export function configure(set: { include?: string[]; exclude?: string[]; env?: Record<string, string> } = {}) {
  const config: ViteUserConfig = {
    root: fromRoot(''),
    // graphql 16 ships a CommonJS and an ES build; every import must meet the same one, or its instanceof checks fail.
    resolve: { alias: [{ find: /^graphql$/, replacement: fromRoot('node_modules/graphql/index.js') }] },
    test: {
      include: ['test/**/*.test.ts'],
      ...set,
      // Vitest leaves one core unused. Many tests wait for timers and sockets, so every core runs some.
      maxWorkers: '100%',
      testTimeout: 120_000,
      hookTimeout: 120_000,
      reporters: ['default', new Summary()],
    },
  }
  return defineConfig(config)
}

/** All test files, for single files and for watching. */
export default configure()
