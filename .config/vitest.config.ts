import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { Summary } from './summary.ts'

const fromRoot = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

interface TestSet {
  readonly include?: string[]
  readonly exclude?: string[]
  readonly env?: Readonly<Record<string, string>>
  /** Environments in each of which the files run, by the name under which the run shows them. */
  readonly environments?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** The time limit of a test or a hook. It only ends what hangs, so it fits a machine that is ten times as slow. */
  readonly timeoutMs?: number
}

/** Returns the configuration for a set of test files: all of them by default. */
export function configure({ timeoutMs = 120_000, environments = {}, ...set }: TestSet = {}) {
  const projects = Object.entries(environments).map(([name, env]) => ({ extends: true as const, test: { name, env } }))
  const config: ViteUserConfig = {
    root: fromRoot(''),
    // graphql 16 ships a CommonJS and an ES build; every import must meet the same one, or its instanceof checks fail.
    resolve: { alias: [{ find: /^graphql$/, replacement: fromRoot('node_modules/graphql/index.js') }] },
    test: {
      include: ['test/**/*.test.ts'],
      ...set,
      ...(projects.length > 0 && { projects }),
      // Vitest leaves one core unused. Many tests wait for timers and sockets, so every core runs some.
      maxWorkers: '100%',
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      reporters: ['default', new Summary()],
    },
  }
  return defineConfig(config)
}

/** All test files, for single files and for watching. */
export default configure()
