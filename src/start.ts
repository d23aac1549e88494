import { type Mode, parseMode, USAGE } from './process/arguments.ts'
import { describeStartFailure } from './process/start-failure.ts'

/** The status of wrong arguments. */
const USAGE_STATUS = 2

/** Returns what to do; an unknown argument ends the process. */
function readMode(): Mode {
  try {
    return parseMode(process.argv.slice(2))
  } catch (error) {
    console.error((error as TypeError).message)
    process.exit(USAGE_STATUS)
  }
}

/** Starts the process. A configuration that cannot be used ends it with status 1 and the list of issues. */
export async function start(): Promise<void> {
  const mode = readMode()
  if (mode === 'help') {
    console.log(USAGE)
    return
  }
  try {
    if (mode === 'check') {
      const { check } = await import('./process/check.ts')
      process.exit(await check())
    }
    const { run } = await import('./process/run.ts')
    await run()
  } catch (error) {
    const text = describeStartFailure(error)
    if (text === null) throw error
    console.error(text)
    // Checks of providers and connections may be running.
    process.exit(1)
  }
}
