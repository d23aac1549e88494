import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const loaded: string[] = []
registerHooks({
  load(url, context, nextLoad) {
    loaded.push(url)
    return nextLoad(url, context)
  },
})

// Loaded into a process before its own modules: writes the addresses of all modules to the file LOADED_MODULES at the end.
process.once('exit', () => writeFileSync(process.env.LOADED_MODULES!, JSON.stringify(loaded)))
