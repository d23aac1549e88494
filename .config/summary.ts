import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends a run with one plain line that counts its tests. An error outside of a test, in a hook or while a file is loaded,
 * counts as a failure of its own, so that a failed run never reports 0 failures.
 */
export class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
    const count = (state: string) => tests.filter((test) => test.result().state === state).length
    const outside = suites.reduce((sum, suite) => sum + suite.errors().length, unhandled.length)
    const line = `${count('passed')} passed, ${count('failed') + outside} failed`
    // After the output of the other reporters.
    process.once('exit', () => console.log(`\n${line}`))
  }
}
