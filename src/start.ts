import { run } from './process/run.ts'
import { describeStartFailure } from './process/start-failure.ts'

/** Starts the process. A configuration that cannot be used ends it with status 1 and the list of issues. */
export async function start(): Promise<void> {
  try {
    await run()
  } catch (error) {
    const text = describeStartFailure(error)
    if (text === null) throw error
    console.error(text)
    // Checks of providers and connections may be running.
    process.exit(1)
  }
}
