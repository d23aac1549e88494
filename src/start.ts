import { ConfigError } from './errors.ts'
import { ListenError } from './process/listen.ts'
import { run } from './process/run.ts'

/** Starts the process. An invalid configuration ends it with the list of issues. */
export async function start(): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (error instanceof ListenError) {
      console.error(error.message)
      process.exit(1)
    }
    if (!(error instanceof ConfigError)) throw error
    console.error(['The configuration is invalid:', ...error.issues.map((issue) => `  ${issue}`)].join('\n'))
    process.exitCode = 1
  }
}
